export { type WriteSurveyOptions, type WrittenSurvey, writeSurvey } from './write-survey.ts'
