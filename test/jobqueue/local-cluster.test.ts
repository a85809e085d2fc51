// Whole clusters on this machine: jobs that are processes, and stand-ins for the commands of LSF and HTCondor, which are in no
// package here: they answer as the manuals say, and run the scripts.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ArgumentError } from '../../src/base/index.js'
import { Client } from '../../src/client/index.js'
import {
  type ClusterOptions,
  HTCondorCluster,
  type HTCondorOptions,
  JobFailed,
  type JobOptions,
  type JobQueueCluster,
  LSFCluster,
  LocalJobCluster,
  type RunCommand,
  SlurmCluster,
} from '../../src/jobqueue/index.js'

// Networks of other tests come and go.
const scheduler = { host: '127.0.0.1' }
const small: JobOptions & ClusterOptions = { cores: 1, memory: '600 MB', walltime: '5 min', scheduler }

function scratch(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-jobs-')))
  // What is registered first is run first: the cluster, which writes there, ends only after this test.
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

async function connect(t: TestContext, cluster: JobQueueCluster): Promise<Client> {
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  return client
}

test('jobs of this machine run a program, scale down without a loss, and leave nothing', async (t) => {
  const sharedDirectory = scratch()
  const cluster = await LocalJobCluster.start({ ...small, sharedDirectory, jobs: 2 })
  const client = await connect(t, cluster)
  await cluster.waitForWorkers(2)
  assert.deepEqual(
    cluster.jobs.map(({ workers, id }) => workers.join() === `job-${id}`),
    [true, true],
  )
  const drawn = client.map((x: number) => x + Math.random(), [...Array(20).keys()])
  const before = await client.gather(drawn)
  await cluster.scale({ jobs: 1 })
  assert.equal(cluster.workers.length, 1)
  assert.deepEqual(await client.gather(drawn), before)
  // Only this user can look into the folder, and read what proves that one belongs to the cluster.
  const [own] = readdirSync(sharedDirectory)
  assert.equal(statSync(join(sharedDirectory, own!)).mode & 0o777, 0o700)
  assert.equal(statSync(cluster.schedulerFile).mode & 0o777, 0o600)
  const { token } = JSON.parse(readFileSync(cluster.schedulerFile, 'utf8')) as { token: string }
  assert.ok(!readFileSync(join(sharedDirectory, own!, 'job.sh'), 'utf8').includes(token))
  await client.close()
  await cluster.close()
  assert.deepEqual(readdirSync(sharedDirectory), [])
  await assert.rejects(cluster.scale(1), /LocalJobCluster: it is closed/)
})

test('an engine that ends a job tells all of its processes: what its workers hold is moved', async (t) => {
  const cluster = await LocalJobCluster.start({ ...small, sharedDirectory: scratch(), jobs: 2 })
  const client = await connect(t, cluster)
  await cluster.waitForWorkers(2)
  const drawn = client.map((x: number) => x + Math.random(), [...Array(20).keys()])
  const before = await client.gather(drawn)
  // The process that is the job leads a group of all of them.
  const [[worker, leader]] = [...(await client.run(() => process.ppid))] as [[string, number]]
  // The nanny tells the worker again: at the worst moment, in which nobody would listen.
  await client.run(() => {
    process.on('removeListener', (event) => {
      if (event === 'SIGTERM') process.kill(process.pid, 'SIGTERM')
    })
  })
  process.kill(-leader, 'SIGTERM')
  while (cluster.workers.includes(worker)) await cluster.refresh()
  assert.deepEqual(await client.gather(drawn), before)
})

test('sizes: workers, cores, memory', async (t) => {
  const submitted: number[] = []
  const run: RunCommand = async (command, args) => {
    if (command === 'sbatch' && !args.includes('--test-only'))
      submitted.push(Number(/--array=0-(\d+)/.exec(args.join(' '))?.[1] ?? 0) + 1)
    return { code: 0, stdout: command === 'sbatch' ? `${100 + submitted.length}\n` : '', stderr: '' }
  }
  const options = { cores: 4, memory: '8 GB', processes: 2, sharedDirectory: scratch() }
  const cluster = await SlurmCluster.start(options, run)
  t.after(() => cluster.close())
  await cluster.scale(3)
  assert.equal(cluster.jobs.length, 2)
  await cluster.scale({ cores: 17 })
  assert.equal(cluster.jobs.length, 5)
  await cluster.scale({ memory: '41 GB' })
  assert.equal(cluster.jobs.length, 6)
  await cluster.scale({ workers: 12 })
  assert.equal(cluster.jobs.length, 6)
  assert.deepEqual(submitted, [2, 3, 1])
  assert.throws(() => cluster.scale({ jobs: -1 }), ArgumentError)
  assert.throws(() => cluster.scale({ memory: '12' }), /12 has no unit/)
  // @ts-expect-error as a JavaScript program may write it
  assert.throws(() => cluster.scale({ job: 1 }), /^ArgumentError: scale: there is no option "job"; did you mean jobs\?$/)
  // @ts-expect-error as a JavaScript program may write it
  assert.throws(() => cluster.scale('2'), /^ArgumentError: scale: .*"2".* is not a size/)
  await assert.rejects(cluster.waitForWorkers(13), /0 of 13 workers are there, and 12 is all/)
  await assert.rejects(cluster.waitForWorkers(1, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})

test('what cannot be leaves nothing behind', async () => {
  const sharedDirectory = scratch()
  const missing: RunCommand = async (command) => {
    throw Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' })
  }
  await assert.rejects(
    SlurmCluster.start({ ...small, sharedDirectory, jobs: 1 }, missing),
    /^CommandMissing: sbatch not found: is this a Slurm login node\?$/,
  )
  await assert.rejects(SlurmCluster.start({ cores: 1, sharedDirectory }), /how large is a job/)
  await assert.rejects(
    LocalJobCluster.start({ ...small, sharedDirectory, scheduler: { interface: 'nope0' } }),
    /no network interface "nope0"/,
  )
  await assert.rejects(LocalJobCluster.start({ ...small, sharedDirectory, schedulerFile: '/no/such/file' }), /cannot be read/)
  assert.deepEqual(readdirSync(sharedDirectory), [])
})

test('a job that fails at once is reported with its log', async (t) => {
  const warnings: JobFailed[] = []
  const cluster = await LocalJobCluster.start({
    ...small,
    sharedDirectory: scratch(),
    prologue: 'echo no module; exit 7',
    pollInterval: '100 ms',
    onJobFailed: (error) => void warnings.push(error),
    jobs: 2,
  })
  t.after(() => cluster.close())
  await assert.rejects(cluster.waitForWorkers(1), (error) => {
    assert.ok(error instanceof JobFailed)
    assert.match(error.message, /has failed, exit code 7 before any of its workers had joined; it is not replaced/)
    assert.match(error.message, /\n {2}the end of .*\.out:\n {4}no module/)
    return true
  })
  assert.equal(warnings.length, 2)
})

/** Runs scripts as an engine would, and knows what has become of them. */
class StandIn {
  readonly jobs = new Map<string, { readonly child: ChildProcess; code: number | null | undefined }>()

  constructor(t: TestContext) {
    t.after(() => {
      this.stop([...this.jobs.keys()])
    })
  }

  start(args: readonly string[], env: (id: string) => NodeJS.ProcessEnv): string {
    const id = String(500 + this.jobs.size)
    const child = spawn(
      'sh',
      args.map((arg) => arg.replaceAll('$(ClusterId)', id).replaceAll('$(ProcId)', '0')),
      {
        detached: true,
        env: { ...process.env, ...env(id) },
        stdio: 'ignore',
      },
    )
    const job = { child, code: undefined as number | null | undefined }
    child.once('exit', (code) => (job.code = code))
    this.jobs.set(id, job)
    return id
  }

  stop(ids: readonly string[]): void {
    for (const id of ids) {
      try {
        process.kill(-this.jobs.get(id)!.child.pid!, 'SIGTERM')
      } catch (error) {
        // It has ended.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
}

const answer = (stdout: string): { code: number; stdout: string; stderr: string } => ({ code: 0, stdout, stderr: '' })

test('LSF, by a stand-in for its commands', async (t) => {
  const standIn = new StandIn(t)
  const run: RunCommand = async (command, args, input) => {
    if (command === 'bsub') {
      const id = standIn.start(['-c', input!], (job) => ({ LSB_JOBID: job }))
      return answer(`Job <${id}> is submitted to queue <normal>.\n`)
    }
    if (command === 'bkill') {
      standIn.stop(args)
      return answer(args.map((id) => `Job <${id}> is being terminated\n`).join(''))
    }
    assert.equal(command, 'bjobs')
    const records = [...standIn.jobs].map(([JOBID, { code }]) => ({
      JOBID,
      STAT: code === undefined ? 'RUN' : code === 0 ? 'DONE' : 'EXIT',
      EXIT_CODE: code ? String(code) : '',
      EXIT_REASON: '',
      PEND_REASON: '',
    }))
    return answer(JSON.stringify({ COMMAND: 'bjobs', JOBS: records.length, RECORDS: records }))
  }
  const cluster = await LSFCluster.start({ ...small, sharedDirectory: scratch(), queue: 'normal', jobs: 1 }, run)
  const client = await connect(t, cluster)
  await cluster.waitForWorkers(1)
  assert.deepEqual(cluster.workers, ['job-500'])
  await cluster.refresh()
  assert.equal(cluster.jobs[0]!.state, 'running')
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
})

/** The commands of HTCondor; `submitted` begins what a submit file says, by the line that it gives sh, and gives its id. */
function condor(standIn: StandIn, submitted: (file: string, line: string) => string): RunCommand {
  return async (command, args) => {
    if (command === 'condor_submit') {
      const file = readFileSync(args.at(-1)!, 'utf8')
      const [, quoted] = /^Arguments = "-c '(.*)'"$/m.exec(file)!
      const line = quoted!.replaceAll('""', '"').replaceAll("''", "'").replaceAll('$(DOLLAR)', '$')
      return answer(`Submitting job(s).\n1 job(s) submitted to cluster ${submitted(file, line)}.\n`)
    }
    if (command === 'condor_rm') {
      standIn.stop(args.map((id) => id.split('.')[0]!))
      return answer('Job removed\n')
    }
    const running = command === 'condor_q'
    const jobs = [...standIn.jobs].filter(([, { code }]) => (code === undefined) === running)
    return answer(
      JSON.stringify(
        jobs.map(([id, { code }]) => ({ ClusterId: Number(id), ProcId: 0, JobStatus: running ? 2 : 4, ExitCode: code })),
      ),
    )
  }
}

test('HTCondor, by a stand-in for its commands', async (t) => {
  const standIn = new StandIn(t)
  const run = condor(standIn, (_, line) => standIn.start(['-c', line], () => ({})))
  const options = { ...small, sharedDirectory: scratch(), prologue: `export SAID="it's"`, disk: '1 GB', jobs: 1 }
  const cluster = await HTCondorCluster.start(options, run)
  const client = await connect(t, cluster)
  await cluster.waitForWorkers(1)
  assert.deepEqual(cluster.workers, ['job-500.0'])
  assert.equal(await client.submit(() => process.env.SAID), "it's")
  await client.close()
  await cluster.close()
  assert.ok(!existsSync(cluster.schedulerFile))
})

test('HTCondor, jobs in an image: neither the folders nor the network of this machine, by a stand-in', async (t) => {
  const standIn = new StandIn(t)
  const image = scratch()
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
  writeFileSync(join(image, 'heddle'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 })
  writeFileSync(join(image, 'data.txt'), 'given along')
  const containerPort = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
  // What HTCondor forwards to the worker's port.
  const forwarded = createServer((outside) => {
    const inside = createConnection(containerPort, '127.0.0.1')
    pipeline(outside, inside, outside, () => undefined)
  })
  await new Promise<void>((resolve) => forwarded.listen(0, '127.0.0.1', resolve))
  t.after(() => forwarded.close())
  const { port } = forwarded.address() as AddressInfo
  const run = condor(standIn, (file, line) => {
    const field = (name: string): string => new RegExp(`^${name} = (.*)$`, 'm').exec(file)![1]!
    assert.deepEqual(
      ['universe', 'docker_image', 'request_gpus', 'requirements', 'keep_claim_idle', 'transfer_executable'].map(field),
      ['docker', 'me/heddle:1', '1', '(Target.HasCHTCStaging)', '600', 'False'],
    )
    assert.equal(field(`${field('container_service_names')}_container_port`), String(containerPort))
    const files = field('transfer_input_files').split(', ')
    assert.equal(field('encrypt_input_files'), files[0])
    const folder = scratch()
    for (const path of files) {
      copyFileSync(path, join(folder, basename(path)))
      chmodSync(join(folder, basename(path)), 0o644)
    }
    const ad = join(folder, '.job.ad')
    writeFileSync(ad, 'RemoteHost = "slot1_1@127.0.0.1"\n')
    const env = { PATH: `${image}:${process.env.PATH}`, _CONDOR_SCRATCH_DIR: folder, _CONDOR_JOB_AD: ad }
    const id = standIn.start(['-c', line], () => env)
    // HTCondor says it with its first update.
    appendFileSync(ad, `heddle_HostPort = ${port}\nOther = 1\n`)
    return id
  })
  const options: HTCondorOptions = {
    ...small,
    sharedDirectory: scratch(),
    image: 'me/heddle:1',
    containerPort,
    transferFiles: join(image, 'data.txt'),
    gpus: 1,
    requirements: '(Target.HasCHTCStaging)',
    keepClaimIdle: '10 min',
  }
  const cluster = await HTCondorCluster.start({ ...options, jobs: 1 }, run)
  const client = await connect(t, cluster)
  await cluster.waitForWorkers(1)
  assert.deepEqual(
    (await client.workers()).map(({ name, address }) => [name, address]),
    [['job-500.0', `tls://127.0.0.1:${port}`]],
  )
  // The job is in the folder that it was given, where the values of the worker go, too.
  const read = await client.submit(async () => (await import('node:fs')).readFileSync('data.txt', 'utf8'))
  assert.equal(read, 'given along')
  const kept = client.submit(() => new Float64Array(1e6).fill(2))
  assert.equal((await kept).length, 1e6, 'a result that is large comes over a connection to the worker')
  await assert.rejects(HTCondorCluster.start({ ...options, processes: 2, cores: 2 }, run), /processes: in an image a job has one/)
  await assert.rejects(HTCondorCluster.start({ ...options, node: 'node' }, run), /node: in an image/)
  await assert.rejects(HTCondorCluster.start({ ...small, containerPort: 1 }, run), /containerPort: only jobs with an image/)
  await assert.rejects(HTCondorCluster.start({ ...options, schedulerJob: {} }, run), /schedulerJob: jobs that share no folder/)
})

test('an engine that refuses to cancel: said, unless there is nothing to cancel any more', async () => {
  let state = 'COMPLETING'
  const run: RunCommand = async (command) => {
    if (command === 'sbatch') return answer('7\n')
    if (command === 'squeue') return answer(`7|${state}|None|N/A\n`)
    if (command === 'scancel') return { code: 1, stdout: '', stderr: 'scancel: error: no' }
    return { code: 1, stdout: '', stderr: '' }
  }
  const start = (): Promise<SlurmCluster> => SlurmCluster.start({ ...small, sharedDirectory: scratch(), jobs: 1 }, run)
  await assert.rejects((await start()).close(), /Slurm refused `scancel --quiet 7` \(exit code 1\): scancel: error: no/)
  state = 'COMPLETED'
  await (await start()).close()
})

test('a job that will not start by itself is told of once', async (t) => {
  const warnings: string[] = []
  const take = ({ name, message }: Error): void => void (name === 'HeddleJobWarning' && warnings.push(message))
  process.on('warning', take)
  t.after(() => process.off('warning', take))
  const run: RunCommand = async (command) => {
    if (command === 'sbatch') return answer('7\n')
    return answer(command === 'squeue' ? '7|PENDING|PartitionTimeLimit|N/A\n' : '')
  }
  const cluster = await SlurmCluster.start({ ...small, sharedDirectory: scratch(), jobs: 1 }, run)
  t.after(() => cluster.close())
  await cluster.refresh()
  await cluster.refresh()
  assert.deepEqual(
    cluster.jobs.map(({ state, reason }) => [state, reason]),
    [['held', 'PartitionTimeLimit']],
  )
  // Warnings come a tick later.
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(warnings, ['SlurmCluster: the job 7 is held (PartitionTimeLimit): it does not start by itself'])
})
