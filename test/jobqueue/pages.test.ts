// The programs on docs/hpc.md but the first, which runs on a real Slurm (test/engines): here a stand-in answers, whose jobs are
// processes of this machine.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { compile, root } from '../docs/page-program.js'

const text = readFileSync(join(root, 'docs/hpc.md'), 'utf8')
const block = (kind: string, begins: string): string => {
  const all = [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, one]) => one!)
  const found = all.filter((one) => one.startsWith(begins))
  assert.equal(found.length, 1, `blocks of docs/hpc.md that begin with ${begins}`)
  return found[0]!
}

/** What each block stands in, and what its program is to say. */
const programs = {
  engines: [block('js', 'await SGECluster'), "console.log('all of them have started')\n"],
  adapt: [
    'const cluster = await LocalJobCluster.start()\n',
    block('js', 'const adaptive'),
    `const client = await Client.connect(cluster)
console.log(await client.submit((x: number) => x + 1, 41), adaptive.log[0]!.kind)
`,
  ],
  pools: [
    'const train = delayed((x: number) => [process.env.SLURM_JOB_ID, x + 1] as const)\nconst features = 41\n',
    block('js', "const cluster = await SlurmCluster.start({\n  account: 'abc'"),
    `await Client.connect(cluster)
const [job, trained] = await model.compute()
const gpu = cluster.jobs.find(({ pool }) => pool === 'gpu')!
console.log(trained, job === gpu.id)
`,
  ],
  schedulerJob: [
    block('js', 'const cluster = await SlurmCluster.start({ cores: 8'),
    `console.log(await (await Client.connect(cluster)).schedulerInfo().then(({ id }) => id !== ''))\n`,
  ],
} as const
type Name = keyof typeof programs

const folder = join(root, 'dist', 'pages', 'hpc')
const CLASSES = 'HTCondorCluster, LSFCluster, LocalJobCluster, MoabCluster, OARCluster, PBSCluster, SGECluster, SlurmCluster'

before(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = Object.entries(programs).map(([name, parts]) => {
    const file = join(folder, `${name}.ts`)
    const imports = `import { Client, annotate, delayed } from 'heddle'\nimport { ${CLASSES} } from 'heddle/jobqueue'\n`
    writeFileSync(file, imports + parts.join(''))
    return file
  })
  compile(...files)
})

/** A place where the commands of all engines are, and what those find who look for settings. */
function place(): { readonly env: NodeJS.ProcessEnv; readonly jobs: () => string[] } {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-page-')))
  process.once('exit', () => rmSync(home, { recursive: true, force: true, maxRetries: 15 }))
  const [bin, standIn] = [join(home, 'bin'), join(home, 'jobs')]
  for (const one of [bin, standIn]) mkdirSync(one)
  const commands =
    'sbatch squeue scancel sinfo scontrol sacct qsub qstat qdel msub canceljob oarsub oarstat oardel bsub bjobs bkill'
  for (const name of [...commands.split(' '), 'condor_submit', 'condor_q', 'condor_rm', 'condor_history'])
    symlinkSync(join(root, 'test/jobqueue/programs/stand-in.sh'), join(bin, name))
  // Networks of other tests come and go.
  const here = 'scheduler: { host: 127.0.0.1, protocol: tcp }'
  const engines = ['slurm', 'sge', 'pbs', 'moab', 'oar', 'lsf', 'htcondor'].map((engine) => `  ${engine}: { ${here} }\n`)
  const local = `  local: { cores: 1, memory: 600 MB, ${here} }\n`
  writeFileSync(join(home, 'heddle.yaml'), `jobqueue:\n${engines.join('')}${local}`)
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE|SLURM)_/.test(name)))
  const env = {
    ...own,
    HOME: home,
    STAND_IN: standIn,
    PATH: `${bin}:${process.env.PATH}`,
    HEDDLE_HISTORY__RECORD: 'false',
    HEDDLE_DASHBOARD__ENABLED: 'false',
  }
  return {
    env: { ...env, HEDDLE_CONFIG: join(home, 'heddle.yaml') },
    jobs: () => readdirSync(standIn).filter((name) => !name.startsWith('log-')),
  }
}

async function said(name: Name): Promise<string> {
  const { env, jobs } = place()
  const child = spawn(process.execPath, [join(folder, `${name}.js`)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (more: string) => (stdout += more))
  child.stderr.setEncoding('utf8').on('data', (more: string) => (stderr += more))
  const [code] = (await once(child, 'close')) as [number]
  // On a busy machine workers take their time.
  const own = stderr.replace(/^\(node:\d+\) Warning: the scheduler at \S+ has no workers.*\n\(Use .*\n/gm, '')
  assert.deepEqual([code, own], [0, ''])
  // A program that ends without closing its cluster takes its jobs along.
  while (jobs().length > 0) await new Promise((resolve) => setImmediate(resolve))
  return stdout
}

for (const [name, expected] of [
  ['engines', 'all of them have started\n'],
  ['adapt', '42 up\n'],
  ['pools', '42 true\n'],
  ['schedulerJob', 'true\n'],
] as const) {
  test(`docs/hpc.md: ${name}`, { timeout: 240_000 }, async () => assert.equal(await said(name), expected))
}

test('docs/hpc.md: settings, and the scripts that come of them', () => {
  const { env } = place()
  writeFileSync(env.HEDDLE_CONFIG!, block('yaml', 'jobqueue:'))
  const main = join(root, 'dist/src/cli/main.js')
  const [, line] = /^`heddle (jobscript .*?)`/m.exec(text)!
  for (const [words, directives] of [
    [line!, ['-p main', '-A abc', '--cpus-per-task=8', '--mem=23G']],
    ['jobscript slurm configuration=big', ['-p bigmem', '-A abc', '--cpus-per-task=32', '--mem=466G']],
  ] as const) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...words.split(' ')], { encoding: 'utf8', env })
    assert.deepEqual([status, stderr], [0, ''])
    for (const one of directives) assert.ok(stdout.includes(`#SBATCH ${one}\n`), `${one} in ${stdout}`)
    assert.match(stdout, /^module load nodejs$/m)
    assert.match(stdout, /\/scratch\/\$USER/)
  }
})

test('docs/hpc.md: settings of HTCondor without a shared folder', () => {
  const { env } = place()
  writeFileSync(env.HEDDLE_CONFIG!, block('yaml', '# HTCondor at CHTC'))
  const main = join(root, 'dist/src/cli/main.js')
  for (const [name, directives] of [
    [
      'chtc',
      ['docker_image = you/heddle-worker:1', 'requirements = (Target.HasCHTCStaging)', 'keep_claim_idle = 600', 'priority = 1'],
    ],
    ['gpulab', ['request_gpus = 1', 'My.WantGPULab = true', 'My.GPUJobLength = "short"']],
  ] as const) {
    const words = ['jobscript', 'htcondor', `configuration=${name}`, 'cores=1', 'memory=4GB']
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8', env })
    assert.deepEqual([status, stderr], [0, ''])
    for (const one of directives) assert.ok(stdout.includes(`\n${one}\n`), `${one} in ${stdout}`)
  }
})

test('docs/hpc-complaints.md: the tests that it names are there', () => {
  const page = readFileSync(join(root, 'docs/hpc-complaints.md'), 'utf8')
  const files = [...page.matchAll(/`([\w/-]+\.test\.ts)`(?:: ((?:\*[^*]+\*(?:, )?)+))?/g)]
  assert.ok(files.length > 10)
  for (const [, file, names = ''] of files) {
    const tests = readFileSync(join(root, 'test', file!), 'utf8')
    for (const [, name] of names.matchAll(/\*([^*]+)\*/g)) assert.ok(tests.includes(name!), `${file}: ${name}`)
  }
})
