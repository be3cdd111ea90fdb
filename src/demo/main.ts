import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { messageOf } from '../lib/log.ts';
import { startCallers } from './callers.ts';
import { setStage } from './stage.ts';
import { playStory } from './story.ts';
import { howToGoOn, summary } from './summary.ts';
import { createTally } from './tally.ts';
import { createView } from './view.ts';

const CALLS_PER_SECOND = 50;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => (interrupted.signal.aborted ? process.exit(130) : interrupted.abort()));
}

process.exitCode = await demo(interrupted.signal, process.env.KEEP === '1');

/** Plays the demo and gives the exit code: 0 when it went as it should, 1 when not, 130 when interrupted. */
async function demo(signal: AbortSignal, keep: boolean): Promise<number> {
  const now = () => performance.now();
  const view = createView(process.stdout);
  const began = now();
  const tally = createTally();
  const stage = await setStage();
  const { url, model } = stage;
  let callers: ReturnType<typeof startCallers> | undefined;
  let code = 0;
  try {
    await stage.ready(signal);
    callers = startCallers({ url, model, perSecond: CALLS_PER_SECOND, tally, now });
    const story = await playStory({ stage, tally, show: view.show, now, signal });
    view.say(summary(story, tally, now() - began));
    if (keep) {
      view.say(howToGoOn(stage));
      await Promise.race([once(signal, 'abort'), ...stage.children.map((child) => child.failed)]);
    }
  } catch (error) {
    code = signal.aborted ? 130 : 1;
    if (!signal.aborted)
      view.say(['', `The demo failed: ${messageOf(error)}`, `Logs are in ${stage.folder}`]);
  } finally {
    await callers?.stop();
    await Promise.all(stage.children.map((child) => child.stop()));
  }
  if (code !== 1) await rm(stage.folder, { recursive: true, force: true });
  return code;
}
