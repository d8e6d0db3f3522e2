import { type EncoderOptions, type RankOptions, rank } from '@astronomaly/pipeline'
import { type Command, Option } from 'commander'
import { defaultWorkers, list, number, pathIn, range, seed } from '../options.ts'
import { perform } from '../perform.ts'
import { rankingLines } from '../ranking-lines.ts'
import type { Session } from '../session.ts'
import { writePage } from '../write-page.ts'
import { addCatalogueColumns } from './catalogue-options.ts'

interface RankFlags extends Omit<RankOptions, 'folder' | 'encoderOptions'> {
  readonly encoderOutput?: EncoderOptions['output']
  readonly encoderInputRange?: EncoderOptions['inputRange']
  readonly encoderSize?: EncoderOptions['size']
  readonly encoderPooling?: EncoderOptions['pooling']
}

/** Those of the options of a network's file that were given. */
function encoderOptions(
  given: { readonly [Name in keyof EncoderOptions]: EncoderOptions[Name] | undefined },
): EncoderOptions | undefined {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Adds what makes features of pictures. */
function addFeatureOptions(command: Command, session: Session): Command {
  return command
    .option(
      '--encoder <file>',
      'a CNN: weight folder, TensorFlow.js model.json, .onnx or .safetensors file',
      pathIn(session),
    )
    .option(
      '--encoder-input-range <range>',
      "what the CNN takes for black and white: 0-1, 0-255, -1-1 (default: the file's)",
      range,
    )
    .option('--encoder-output <name>', 'the output, tensor or layer of the CNN that holds the features')
    .option('--encoder-size <n>', "side of the CNN's pictures where its file leaves it open (default: 224)", number)
    .addOption(
      new Option(
        '--encoder-pooling <how>',
        "a transformer's tokens as one vector: their mean, or the first (a class token)",
      ).choices(['mean', 'first']),
    )
    .addOption(
      new Option(
        '--features <kinds>',
        "morphology; encoder = the CNN's alone, as in the paper; both, each with half of the variance; auto = both where there is an encoder",
      )
        .choices(['auto', 'morphology', 'encoder', 'both'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'what runs the CNN: wasm = part of this command, the same bits everywhere; onnx = the package onnxruntime-node, faster; tfjs-node = @tensorflow/tfjs-node; both are installed by hand',
      )
        .choices(['wasm', 'onnx', 'tfjs-node'])
        .default('wasm'),
    )
    .option('--views <n>', 'average the CNN over 1, 4 or 8 symmetries of the square', number, 1)
}

/** Adds what makes a ranking of features. */
function addRankingOptions(command: Command): Command {
  return command
    .option('--standardise', 'divide every feature by its standard deviation before PCA (default for morphology)')
    .option('--no-standardise', 'leave the features as they are (default for CNN features, as in the paper)')
    .option('--variance <share>', 'share of the variance that PCA keeps', number, 0.95)
    .option('--trees <n>', 'trees of the isolation forest', number, 100)
    .option('--sample-size <n>', 'rows given to each tree', number, 256)
    .option('--seed <seed>', 'root of all randomness: the same seed gives the same bits', seed, 0)
    .addOption(
      new Option(
        '--sizes <rule>',
        'pictures of another size than most: any = resize, same = reject, auto = reject while few',
      )
        .choices(['auto', 'any', 'same'])
        .default('auto'),
    )
    .option('--max-missing <share>', 'largest share of missing (NaN) pixels', number, 0)
    .option(
      '--shard-size <n>',
      'objects in one unit of work; by default what the run has, else 128 to 4096 by their number',
      number,
    )
    .option('--top <n>', 'objects on the contact sheets of the report', number, 100)
    .option('--workers <n>', 'threads; the result does not depend on it', number, defaultWorkers)
}

/** `astronomaly rank <folder> --out run/` */
export function addRankCommand(program: Command, session: Session): void {
  const command = addCatalogueColumns(
    program
      .command('rank')
      .description('Rank a folder of pictures (FITS, PNG, JPEG) from the most to the least anomalous.')
      .argument('<folder>', 'folder of pictures; subfolders are searched too', pathIn(session))
      .requiredOption('--out <run>', 'run directory: made, or gone on with', pathIn(session))
      .option(
        '--adopt',
        'let a run go on with another folder, other pictures or another catalogue than it was made from',
      )
      .option(
        '--catalogue <file>',
        'table of the objects: ids or files, and positions (CSV, ECSV, FITS, Parquet, VOTable)',
        pathIn(session),
      ),
  )
    .option('--band-pattern <pattern>', "one file a band: its name, such as '{id}_{band}.fits'")
    .option('--bands <names>', 'bands in channel order, such as g,r,z', list)
    .addOption(
      new Option(
        '--preprocess <how>',
        'paper: sigma clip, mask below 3 sigma, greyscale; rgb: as it is; auto: paper for FITS, rgb for PNG and JPEG',
      )
        .choices(['auto', 'paper', 'rgb'])
        .default('auto'),
    )
    .option('--crop <share>', 'share of each side kept about the centre, in (0, 1]', number, 1)
  addRankingOptions(addFeatureOptions(command, session))
    .addHelpText(
      'after',
      `
Writes into the run directory: ranking.csv, ranking.parquet, report.html, rejected.csv (what the run goes on without, and why),
catalogue.parquet, features/ (with an encoder also morphology/), reduced/, scores/, pca.model, forest.model, run.json.
Ctrl-C stops; the same command goes on. An object's id is its file's name without the ending (with its
folder, where several files have that name), unless the catalogue names it.

Examples:
  astronomaly rank images/ --out run/
  astronomaly rank images/ --out run/ --encoder mobilenet/ --views 8
  astronomaly rank images/ --out run/ --encoder model.onnx --features encoder
  astronomaly rank cutouts/ --out run/ --band-pattern '{id}_{band}.fits' --bands g,r,z --catalogue objects.fits`,
    )
    .action((folder: string, flags: RankFlags) =>
      perform(session, async (performance) => {
        const { encoderOutput: output, encoderInputRange: inputRange, ...others } = flags
        const { encoderSize: size, encoderPooling: pooling, ...options } = others
        const summary = await rank({
          ...options,
          folder,
          encoderOptions: encoderOptions({ output, inputRange, size, pooling }),
          ...performance.run,
        })
        performance.say(rankingLines(summary).join('\n'))
        await writePage(session, performance, { run: summary.out })
      }),
    )
}
