export {
  type JournalEntry,
  LabelJournal,
  type LabelJournalOptions,
  type NewJournalEntry,
  readLabels,
} from './label-journal.ts'
