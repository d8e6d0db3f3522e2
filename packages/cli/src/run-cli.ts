import { AstronomalyError } from '@astronomaly/pipeline'
import { Command, CommanderError } from 'commander'
import { addCutoutsCommand } from './commands/cutouts.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDownloadCommand } from './commands/download.ts'
import { addEvaluateCommand } from './commands/evaluate.ts'
import { addExportCommand } from './commands/export.ts'
import { addLabelCommand } from './commands/label.ts'
import { addRankCommand } from './commands/rank.ts'
import { addReportCommand } from './commands/report.ts'
import { addSimulateCommand } from './commands/simulate.ts'
import { missingDashes } from './npm-options.ts'
import type { Session } from './session.ts'
import { version } from './version.ts'

/** Exit codes of the command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** A text of help whose examples call the command as its reader does. */
function asCalled(text: string, command: string): string {
  return text.replace(/^( +)astronomaly (?=[a-z])/gm, `$1${command} `)
}

/**
 * Runs the command line.
 *
 * @param args - The words after the command's own name.
 * @returns The exit code: 0 done, 1 failed with a message on stderr, 2 wrong usage, 130 interrupted.
 */
export async function runCli(args: readonly string[], session: Session): Promise<number> {
  const program = new Command(session.command)
    .description(
      'Find the interesting objects in a sky survey: rank pictures of galaxies, label a few, get a better ranking.',
    )
    .version(version)
    .showHelpAfterError(`(${session.command} <command> --help explains)`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.out.write(asCalled(text, session.command)),
      writeErr: (text) => session.err.write(text),
    })
    .addHelpText(
      'after',
      `
A first session: a sky to play with; its ranking, with run/report.html to look at; a better one by your ratings, which you give on that
page (or in a file with columns id and rating, 0 to 5); how well the learners would have done.
  astronomaly simulate survey --count 500
  astronomaly rank survey/images --out run
  astronomaly label run --labels ~/Downloads/labels.csv
  astronomaly evaluate run --truth survey/truth.csv

Pictures of your own catalogue, from the Legacy Surveys or any service, or from mosaics of your own:
  astronomaly download objects.fits --out images
  astronomaly cutouts objects.fits mosaics --size 60 --out images
`,
    )
  for (const add of [
    addRankCommand,
    addLabelCommand,
    addEvaluateCommand,
    addReportCommand,
    addExportCommand,
    addDownloadCommand,
    addCutoutsCommand,
    addSimulateCommand,
    addDemoCommand,
  ]) {
    add(program, session)
  }
  const { npm } = session
  const meant = npm && program.commands.find((command) => command.name() === npm.command)
  const forgotten = meant && missingDashes(meant, npm)
  if (forgotten !== undefined) {
    session.err.write(`astronomaly: ${forgotten}\n`)
    return exitCodes.usage
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    session.progress.end()
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    if (session.signal.aborted) {
      session.err.write('stopped; the same command goes on where this one ended\n')
      return exitCodes.interrupted
    }
    // What the system says (ENOSPC, EACCES …) names its file; anything else is a defect, and its stack tells where.
    const known = error instanceof AstronomalyError || (error instanceof Error && 'code' in error)
    if (known) session.err.write(`astronomaly: ${(error as Error).message}\n`)
    else session.err.write(`astronomaly: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return exitCodes.failed
  }
}
