import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..');
const program = resolve(root, 'src/TasksBus.CommandLine/bin/Release/net10.0/TasksBus.CommandLine.dll');

// Runs a command on a pseudo terminal of a given width, types what it reads from its own input, and ends with the command's code.
const terminal = `
import fcntl, os, pty, select, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
watched = [fd, 0]
while True:
    ready, _, _ = select.select(watched, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(fd, typed)
        else:
            watched = [fd]
    if fd in ready:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
`;

/** The program tasksbus with a folder of configuration of its own, as users have it on their path. */
export class CommandLine {
  #env;

  constructor(workspace, env = {}) {
    if (!existsSync(program))
      throw new Error(`Build the command line first: dotnet build -c Release src/TasksBus.CommandLine (there is no ${program})`);
    const folder = join(workspace.folder, 'command-line');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    const tasksbus = join(folder, 'bin/tasksbus');
    writeFileSync(tasksbus, `#!/bin/sh\nexec dotnet '${program}' "$@"\n`);
    chmodSync(tasksbus, 0o755);
    this.config = join(folder, 'config');
    const { NO_COLOR: _, ...inherited } = process.env;
    this.#env = {
      ...inherited, TERM: 'xterm-256color', XDG_CONFIG_HOME: this.config, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, ...env,
    };
  }

  /** Runs tasksbus on pipes, or another program that calls it. */
  run(args, { input = '', command = 'tasksbus', env = {} } = {}) {
    return ended(this.#start(command, args, env), input);
  }

  /** The same on a pseudo terminal. What is typed, and when, is up to the caller of `type`. */
  onTerminal(args, { width = 100, command = 'tasksbus', env = {}, type } = {}) {
    const child = this.#start('python3', ['-c', terminal, String(width), command, ...args], env);
    if (type === undefined) child.stdin.end();
    const end = ended(child);
    return type === undefined ? end : type(child.stdin, () => end.seen()).then(() => end);
  }

  #start(command, args, env) {
    const merged = { ...this.#env, ...env };
    return spawn(command, args, { env: merged, stdio: ['pipe', 'pipe', 'pipe'], timeout: 120_000, killSignal: 'SIGKILL' });
  }
}

/** What every .NET program writes to a terminal at its start and end: the mode of the keypad. */
const keypad = /\u001b\[\?1[hl]|\u001b[=>]/g;

function ended(child, input) {
  let output = '';
  let errors = '';
  child.stdout.on('data', chunk => output += chunk);
  child.stderr.on('data', chunk => errors += chunk);
  // A program that ends early reads no more.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const end = new Promise(done => child.once('close', code => {
    const shown = output.replace(keypad, '');
    done({ code, output: shown, errors, lines: shown.split('\n').slice(0, -1).map(line => line.replace(/\r$/, '')) });
  }));
  end.seen = () => output;
  return end;
}
