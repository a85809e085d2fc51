// What engines answer, read. The files in test/engines/answers are recorded from real Slurm 22.05, Grid Engine 8.1.9, OAR 2.5.9
// and the PBS commands of Slurm; those of PBS Professional, Torque, LSF and HTCondor below are written after their manuals.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JobState } from '../../src/jobqueue/engine.js'
import { parseCondorJson } from '../../src/jobqueue/engines/htcondor.js'
import { parseBjobs, unitsIn } from '../../src/jobqueue/engines/lsf.js'
import { parseOarstat } from '../../src/jobqueue/engines/oar.js'
import { parseQstatFull } from '../../src/jobqueue/engines/pbs.js'
import { parseQacct, parseQstatXml } from '../../src/jobqueue/engines/sge.js'
import { parseSacct, parseScontrol, parseSqueue } from '../../src/jobqueue/engines/slurm.js'
import { tookTooMuchMemory } from '../../src/jobqueue/job-reports.js'
import { elements, parseXml, textOf } from '../../src/jobqueue/xml.js'

const answer = (name: string): string => readFileSync(new URL(`../../../test/engines/answers/${name}`, import.meta.url), 'utf8')

const byId = (jobs: readonly JobState[]): Map<string, JobState> => new Map(jobs.map((job) => [job.id, job]))

test('Slurm: squeue', () => {
  // 13 exits with 3, 14 is an array of two that run, 15 was submitted with -H, 16 wants ten minutes of a partition that has two,
  // 17 succeeds, 18 was cancelled, 19 is to begin in an hour.
  const jobs = byId(parseSqueue(answer('squeue.txt')))
  const states = Object.fromEntries([...jobs].map(([id, { state }]) => [id, state]))
  assert.deepEqual(states, {
    '13': 'failed',
    '14_0': 'running',
    '14_1': 'running',
    '15': 'held',
    '16': 'held',
    '17': 'completed',
    '18': 'cancelled',
    '19': 'pending',
  })
  assert.equal(jobs.get('16')!.reason, 'PartitionTimeLimit')
  assert.equal(jobs.get('16')!.estimatedStart, undefined)
  assert.equal(jobs.get('15')!.reason, 'JobHeldUser')
  assert.equal(jobs.get('19')!.estimatedStart!.getMinutes(), 7)
  assert.equal(jobs.get('14_0')!.reason, undefined)
})

test('Slurm: a job that is being ended is not one whose time is nearly over', () => {
  const line = (state: string): string => `27|${state}|JobLaunchFailure|2026-11-21T18:07:58|2026-11-21T18:08:06\n`
  const [running] = parseSqueue(line('RUNNING'))
  const [ending] = parseSqueue(line('COMPLETING'))
  assert.deepEqual([running!.state, running!.ends], ['running', new Date('2026-11-21T18:08:06')])
  assert.deepEqual([ending!.state, ending!.ends], ['running', undefined])
})

test('Slurm: scontrol and sacct', () => {
  const [fails, succeeds, cancelled] = answer('scontrol.txt').trim().split('\n')
  // In the time zone of who asks.
  const started = (line: string): Date => new Date(/StartTime=(\S+)/.exec(line)![1]!)
  assert.deepEqual(parseScontrol('13', fails!), {
    id: '13',
    state: 'failed',
    reason: 'FAILED, NonZeroExitCode',
    started: started(fails!),
    exitCode: 3,
  })
  assert.deepEqual(parseScontrol('17', succeeds!), { id: '17', state: 'completed', started: started(succeeds!), exitCode: 0 })
  assert.deepEqual(parseScontrol('18', cancelled!), {
    id: '18',
    state: 'cancelled',
    reason: 'CANCELLED',
    started: started(cancelled!),
    exitCode: 128 + 15,
  })
  assert.deepEqual(parseSacct('5', 'CANCELLED by 1000|0:15|None\n'), {
    id: '5',
    state: 'cancelled',
    reason: 'CANCELLED by 1000',
    exitCode: 143,
  })
  assert.deepEqual(parseSacct('6', 'OUT_OF_MEMORY|0:125|\n').state, 'failed')
  assert.deepEqual(parseSacct('7', 'TIMEOUT|0:0|TimeLimit\n').reason, 'TIMEOUT, TimeLimit')
})

test('Grid Engine: qstat and qacct', () => {
  // 5 and 7 run, 6 was submitted with -h, 9 cannot open its log.
  const jobs = byId(parseQstatXml(answer('qstat.xml')))
  assert.deepEqual([...jobs.keys()].sort(), ['5', '6', '7', '9'])
  assert.equal(jobs.get('5')!.state, 'running')
  assert.equal(jobs.get('7')!.state, 'running')
  assert.equal(jobs.get('6')!.state, 'held')
  assert.equal(jobs.get('9')!.state, 'held')
  assert.match(jobs.get('9')!.reason!, /error state Eqw.*qstat -explain E -j 9/)
  assert.deepEqual(parseQacct('8', answer('qacct-exit3.txt')), { id: '8', state: 'failed', exitCode: 3 })
  const late = parseQacct('10', answer('qacct-walltime.txt'))
  assert.equal(late.state, 'failed')
  assert.match(late.reason!, /enforced h_rt/)
  assert.match(parseQacct('11', answer('qacct-deleted.txt')).reason!, /killed/)
})

test('OAR: oarstat', () => {
  // 1 exits with 3, 2 was deleted, 3 waits for its cores, 4 was submitted with --hold.
  const jobs = byId(parseOarstat(answer('oarstat.json')))
  assert.deepEqual([jobs.get('1')!.state, jobs.get('1')!.exitCode], ['failed', 3])
  assert.equal(jobs.get('3')!.state, 'pending')
  assert.equal(jobs.get('3')!.estimatedStart!.getTime(), 1795252145_000)
  assert.equal(jobs.get('4')!.state, 'held')
  const ended = byId(parseOarstat(answer('oarstat-ended.json')))
  assert.equal(ended.get('2')!.state, 'cancelled')
  assert.equal(ended.get('2')!.reason, 'User oartest requested to frag the job 2')
  assert.deepEqual(parseOarstat(''), [])
})

test('PBS: qstat -f, of Slurm', () => {
  // 21 runs, 22 was submitted with -h, 23 was deleted, of which it says no more than that it is over.
  const states = parseQstatFull(answer('qstat-f-slurm.txt')).map(({ id, state }) => [id, state])
  assert.deepEqual(states, [
    ['21', 'running'],
    ['22', 'pending'],
    ['23', 'completed'],
  ])
})

test('PBS: qstat -f, of PBS Professional and Torque, after their manuals', () => {
  const text = `Job Id: 1013.pbs01
    Job_Name = heddle-worker
    job_state = Q
    comment = Not Running: Insufficient amount of resource: ncpus (R: 64 A: 8
\t T: 128)
    estimated.start_time = Sat Nov 21 10:00:00 2026
    Variable_List = PBS_O_HOME=/home/ada,PBS_O_PATH=/usr/bin:/bin,
\tPBS_O_QUEUE=workq
    Submit_arguments = job.sh

Job Id: 1014.pbs01
    job_state = F
    substate = 92
    Exit_status = 271
    comment = Job run at Sat Nov 21 and finished

Job Id: 1015[2].pbs01
    job_state = H

Job Id: 1016.torque
    job_state = C
    exit_status = 2
`
  const jobs = byId(parseQstatFull(text))
  const waiting = jobs.get('1013.pbs01')!
  assert.equal(waiting.state, 'pending')
  assert.equal(waiting.reason, 'Not Running: Insufficient amount of resource: ncpus (R: 64 A: 8T: 128)')
  assert.equal(waiting.estimatedStart!.getHours(), 10)
  assert.equal(jobs.get('1014.pbs01')!.state, 'cancelled')
  assert.equal(jobs.get('1015[2].pbs01')!.state, 'held')
  assert.deepEqual([jobs.get('1016.torque')!.state, jobs.get('1016.torque')!.exitCode], ['failed', 2])
})

test('LSF: bjobs -json, after its manual', () => {
  const records = [
    { JOBID: '1', STAT: 'RUN', EXIT_CODE: '', EXIT_REASON: '', PEND_REASON: '', ESTIMATED_START_TIME: '' },
    {
      JOBID: '2',
      STAT: 'PEND',
      EXIT_CODE: '',
      EXIT_REASON: '',
      PEND_REASON: 'Job slot limit reached',
      ESTIMATED_START_TIME: 'Nov 21 10:00 2026',
    },
    { JOBID: '3', STAT: 'EXIT', EXIT_CODE: '140', EXIT_REASON: 'TERM_RUNLIMIT: job killed after reaching LSF run time limit' },
    { JOBID: '4', STAT: 'EXIT', EXIT_CODE: '130', EXIT_REASON: 'TERM_OWNER: job killed by owner' },
    { JOBID: '5', STAT: 'DONE', EXIT_CODE: '' },
    { JOBID: '6', ERROR: 'Job <6> is not found' },
    { JOBID: '7', STAT: 'PSUSP', PEND_REASON: 'The job was suspended by its owner while pending' },
  ]
  const jobs = byId(parseBjobs(JSON.stringify({ COMMAND: 'bjobs', JOBS: 7, RECORDS: records })))
  assert.deepEqual(
    [...jobs].map(([id, { state }]) => [id, state]),
    [
      ['1', 'running'],
      ['2', 'pending'],
      ['3', 'failed'],
      ['4', 'cancelled'],
      ['5', 'completed'],
      ['7', 'held'],
    ],
  )
  assert.equal(jobs.get('2')!.estimatedStart!.getHours(), 10)
  assert.equal(jobs.get('3')!.exitCode, 140)
  assert.equal(unitsIn('# LSF_UNIT_FOR_LIMITS=GB\nLSF_UNIT_FOR_LIMITS=MB\nLSF_UNIT_FOR_LIMITS = GB # gigabytes\n'), 'GB')
  assert.equal(unitsIn('# LSF_UNIT_FOR_LIMITS=GB\n'), 'KB')
})

test('HTCondor: condor_q -json, after its manual', () => {
  const jobs = parseCondorJson(
    JSON.stringify([
      { ClusterId: 6, ProcId: 0, JobStatus: 1 },
      { ClusterId: 7, ProcId: 0, JobStatus: 5, HoldReason: 'Error from slot1@node: Failed to execute' },
      { ClusterId: 8, ProcId: 0, JobStatus: 4, ExitBySignal: false, ExitCode: 1 },
      { ClusterId: 9, ProcId: 0, JobStatus: 3, RemoveReason: 'via condor_rm (by user ada)' },
      { ClusterId: 10, ProcId: 0, JobStatus: 4, ExitBySignal: true, ExitSignal: 9 },
    ]),
  )
  assert.deepEqual(jobs, [
    { id: '6.0', state: 'pending' },
    { id: '7.0', state: 'held', reason: 'Error from slot1@node: Failed to execute' },
    { id: '8.0', state: 'failed', exitCode: 1 },
    { id: '9.0', state: 'cancelled', reason: 'via condor_rm (by user ada)' },
    { id: '10.0', state: 'failed', exitCode: 137 },
  ])
  assert.deepEqual(parseCondorJson('\n'), [])
})

test('XML', () => {
  const root = parseXml('<?xml version="1.0"?><!-- <no/> --><a x="1 &lt; 2"><b>&#65;&amp;B</b><b><![CDATA[<c>]]></b><d/></a>')
  assert.deepEqual(
    elements(root, 'b').map(({ text }) => text),
    ['A&B', '<c>'],
  )
  assert.equal(elements(root, 'a')[0]!.attributes.x, '1 < 2')
  assert.equal(textOf(elements(root, 'a')[0]!, 'd'), '')
})

test('which jobs were killed for their memory', () => {
  const job = (state: JobState['state'], reason?: string, exitCode?: number): JobState => ({
    id: '1',
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(exitCode === undefined ? {} : { exitCode }),
  })
  const killed = [
    job('failed', 'OUT_OF_MEMORY', 125),
    job('failed', 'TERM_MEMLIMIT: job killed after reaching LSF memory usage limit', 137),
    job('held', 'Error from slot1: memory usage exceeded request_memory'),
    job('failed', 'killed by SIGKILL'),
    job('failed', undefined, 137),
    job('failed', undefined, 265),
  ]
  const others = [
    job('failed', 'TIMEOUT', 137),
    job('failed', 'NODE_FAIL', 137),
    job('failed', undefined, 1),
    job('cancelled', undefined, 137),
    job('completed', undefined, 0),
    job('held', 'JobHeldUser'),
  ]
  assert.deepEqual(
    [killed.map(tookTooMuchMemory), others.map(tookTooMuchMemory)],
    [killed.map(() => true), others.map(() => false)],
  )
})
