export {
  type JournalEntry,
  LabelJournal,
  type LabelJournalOptions,
  type NewJournalEntry,
  readLabels,
} from './labels/label-journal.ts'
