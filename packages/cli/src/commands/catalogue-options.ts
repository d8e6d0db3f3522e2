import { type CatalogueObjectsOptions, positionFrames } from '@astronomaly/pipeline'
import { type Command, Option } from 'commander'
import { number, tableName } from '../options.ts'

/** What commands that read a catalogue of objects are told of it. */
export type CatalogueFlags = Omit<CatalogueObjectsOptions, 'catalogue'>

/** Adds the options that say where a catalogue has what. */
export function addCatalogueColumns(command: Command): Command {
  return command
    .option(
      '--id-column <name>',
      "column of the catalogue's ids, or a template of several: '{brickid}_{objid}' (default: id, objid, source_id, NUMBER, name …)",
    )
    .option('--ra-column <name>', 'column of right ascensions (default: ra, RAJ2000, ALPHA_J2000 …)')
    .option('--dec-column <name>', 'column of declinations (default: its partner)')
    .addOption(
      new Option('--frame <name>', 'frame of the positions (default: what the columns say, else ICRS)').choices(
        positionFrames,
      ),
    )
    .option('--table <number or name>', 'which table of the file (default: the first)', tableName)
}

/** The option that says how pictures are spread over folders. */
export function layoutOption(): Option {
  return new Option(
    '--layout <how>',
    'sharded: in 4096 subfolders; flat: for some thousands (default: sharded)',
  ).choices(['flat', 'sharded'])
}

/** Adds the options of a catalogue that is gone through row by row. */
export function addCatalogueOptions(command: Command): Command {
  return addCatalogueColumns(command).option('--limit <n>', 'the first rows only, for a try', number)
}
