import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeSurvey } from '@astronomaly/simulate/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const place = realpathSync(mkdtempSync(join(tmpdir(), 'astronomaly-')))
/** Where the user stands: a folder outside the clone, whose name a shell would take apart. */
const here = join(place, "someone's sky")
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** What a shell makes of a line that is pasted where the user stands. Settings of the npm that runs the tests are none of the user's. */
function paste(line: string, cwd = here) {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|ASTRONOMALY_)/.test(name))
  const env = {
    ...Object.fromEntries(own),
    HOME: place,
    npm_config_cache: process.env.npm_config_cache ?? join(place, '.npm'),
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

const prefix = `npm --prefix ${root.replace(/\/$/, '')}`

/** The commands that the page of a run prints. */
function printed(run: string): string[] {
  const page = readFileSync(join(run, 'report.html'), 'utf8')
  const entities: Record<string, string> = { '&#39;': "'", '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }
  return [...page.matchAll(/<pre[^>]*><code>([^<]*)<\/code>/g)].map(([, text]) =>
    text!.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity),
  )
}

beforeAll(async () => {
  mkdirSync(here)
  await writeSurvey(join(here, 'my survey'), { count: 30, seed: 1, size: 48 })
})

describe('commands that are printed', () => {
  it('work when they are pasted where the user stands, outside the clone', () => {
    const ranked = paste(`${prefix} run astronomaly -- rank 'my survey/images' --out 'my run' --workers 0`)
    expect(ranked, ranked.err).toMatchObject({ status: 0 })
    const run = join(here, 'my run')
    const [label, toTable] = printed(run)
    expect(label).toBe(`${prefix} run astronomaly -- label 'my run' --labels ~/Downloads/labels.csv`)
    mkdirSync(join(place, 'Downloads'))
    writeFileSync(join(place, 'Downloads', 'labels.csv'), 'id,rating\nsim-0000000,5\nsim-0000001,0\n')
    const labelled = paste(label!)
    expect(labelled.err + labelled.out).toContain('2 ratings added')
    expect(paste(toTable!)).toMatchObject({ status: 0 })
    expect(readFileSync(join(here, 'ranking.csv'), 'utf8').trim().split('\n')).toHaveLength(31)
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('simulated: their positions are of no real sky')
  })

  it('are short inside the clone, whatever folder the user stands in', () => {
    for (const folder of ['', 'docs', 'scripts']) {
      const { out } = paste('npm run astronomaly -- --help', join(root, folder))
      expect(out, folder).toContain('\n  npm run astronomaly -- rank survey/images --out run\n')
    }
    const { out } = paste(`${prefix} run astronomaly -- --help`, join(root, 'packages', 'cli'))
    expect(out).toContain(`\n  ${prefix} run astronomaly -- rank survey/images --out run\n`)
  })
})

describe('a -- that npm needs and did not get', () => {
  it('is named, with the right command, which then works', () => {
    const wrong = paste(`${prefix} run astronomaly export 'my run' --out t.csv`)
    expect(wrong.status).toBe(2)
    const [, right] = /Type\n {2}(.*)/.exec(wrong.err)!
    expect(right).toBe(`${prefix} run astronomaly -- export 'my run' --out t.csv`)
    expect(paste(right!)).toMatchObject({ status: 0 })
  })

  it('is named by npm start too, for a folder and for the demonstration', () => {
    const folder = paste(`${prefix} start 'my survey/images' --trees 10`)
    expect(folder.err).toContain(`\n  ${prefix} start -- 'my survey/images' --trees 10\n`)
    expect(paste(`${prefix} start --count 500`).err).toContain(`\n  ${prefix} start -- --count 500\n`)
  })
})

describe('npm start', () => {
  it('says what is wrong with a folder that does not exist, a file, and two folders', () => {
    const out = `--out '${join(place, 'none')}'`
    expect(paste(`${prefix} start -- nowhere ${out}`).err).toContain(`Received ${join(here, 'nowhere')}`)
    expect(paste(`${prefix} start -- 'my survey/truth.csv' ${out}`).err).toContain('truth.csv')
    expect(paste(`${prefix} start -- 'my survey/images' 'my survey' ${out}`).err).toContain('too many arguments')
  })
})
