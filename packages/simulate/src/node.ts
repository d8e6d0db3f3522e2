export { type WriteSurveyOptions, type WrittenSurvey, writeSurvey } from './survey/write-survey.ts'
