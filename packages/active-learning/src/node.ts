export {
  type JournalEntry,
  LabelJournal,
  type LabelJournalOptions,
  type NewJournalEntry,
} from './label-journal.ts'
