import { join } from 'node:path';
import { type Daemon, startDaemon } from './daemon.ts';

/** Where the etcd of `directory` listens: sockets in it, so that no port is taken and nobody else can connect. */
export function etcdAddress(directory: string): string {
  return `unix://${join(directory, 'etcd.sock')}`;
}

/** Starts an etcd of one member with its data in `directory`. Does not wait: its clients connect when they can. */
export function startEtcd(program: string, directory: string): Daemon {
  // It asks for an address in its cluster that looks like one; alone in it, it never connects there.
  const nowhere = 'http://localhost:1';
  return startDaemon(
    program,
    [
      `--data-dir=${join(directory, 'etcd')}`,
      `--listen-client-urls=${etcdAddress(directory)}`,
      `--advertise-client-urls=${nowhere}`,
      `--listen-peer-urls=unix://${join(directory, 'etcd-peer.sock')}`,
      `--initial-advertise-peer-urls=${nowhere}`,
      `--initial-cluster=default=${nowhere}`,
      // Data of tests need not survive a crash of the machine.
      '--unsafe-no-fsync',
      '--log-level=error',
    ],
    directory,
  );
}
