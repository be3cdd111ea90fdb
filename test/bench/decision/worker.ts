import { parentPort } from 'node:worker_threads';
import { type Job, play } from './job.ts';

parentPort?.on('message', (job: Job) => parentPort?.postMessage(play(job)));
