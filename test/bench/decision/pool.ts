import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Course } from '../../simulation/rollout.ts';
import type { Job } from './job.ts';

/** Plays jobs on several threads at once; what comes back is in the order of the jobs. */
export async function playAll(
  jobs: readonly Job[],
  threads: number,
  onDone: (done: number) => void,
): Promise<Course[][]> {
  const courses: Course[][] = [];
  let [next, done] = [0, 0];
  await Promise.all(
    Array.from({ length: Math.min(threads, jobs.length) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      try {
        while (next < jobs.length) {
          const at = next++;
          worker.postMessage(jobs[at]);
          const [played] = (await once(worker, 'message')) as [Course[]];
          courses[at] = played;
          onDone(++done);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  return courses;
}
