import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ReportData } from './report-data.ts'
import { pathWord, shellWord } from './shell-word.ts'

/** labels.csv where browsers save it, as a word of a command line: `~` means nothing to the shells of Windows. */
const savedLabels =
  process.platform === 'win32' ? shellWord(join(homedir(), 'Downloads', 'labels.csv')) : '~/Downloads/labels.csv'

/**
 * What the reader of a report should do next.
 *
 * @param run - The run directory, absolute.
 * @param command - How the reader calls the command line.
 * @param from - The folder in which the commands are given; without it paths are absolute.
 */
export function nextSteps(run: string, command: string, from?: string): ReportData['next'] {
  const word = pathWord(run, from)
  const where = from === undefined ? '' : ` Give these commands in the folder ${from}.`
  return [
    {
      text: `Rate pictures on this page, save labels.csv, and rank again. Browsers save into the folder Downloads: where yours does not, or has called a second file labels (1).csv, change the command. A table of your own with columns id and rating (0 dull or an artefact … 5 most interesting) does as well.${where}`,
      command: `${command} label ${word} --labels ${savedLabels}`,
    },
    { text: 'Take the ranking elsewhere.', command: `${command} export ${word} --out ranking.csv` },
  ]
}
