// A sound card that nobody hears: Firefox runs WebAudio only where there is one. A pulseaudio of the
// test's own, with a null sink, in a folder of its own; ended by its id.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { until } from './wait.mjs';

let daemon;
let folder;

/** The environment that a browser needs to find it; {} when pulseaudio is not installed. */
export async function soundCard() {
  if (!existsSync('/usr/bin/pulseaudio')) return {};
  if (!folder) {
    folder = await mkdtemp(path.join(os.tmpdir(), 'conclave-sound-'));
    const socket = path.join(folder, 'native');
    daemon = spawn(
      '/usr/bin/pulseaudio',
      ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes',
        '-L', 'module-null-sink', '-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`],
      { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } });
    await until(() => existsSync(socket), 'the null sound card is there', 10000);
  }
  return { PULSE_SERVER: `unix:${path.join(folder, 'native')}` };
}

export async function endSound() {
  daemon?.kill();
  if (folder) await rm(folder, { recursive: true, force: true });
  daemon = folder = undefined;
}
