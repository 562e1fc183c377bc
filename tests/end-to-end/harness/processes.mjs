import { readFileSync, readdirSync } from 'node:fs';

/** The running processes below a process, children of children too, each with what tells it from a later one of the same id. */
export function descendants(pid) {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(stat).filter(Boolean);
  const found = [];
  for (let parents = [pid]; parents.length > 0;) {
    const children = all.filter(process => parents.includes(process.parent));
    found.push(...children);
    parents = children.map(process => process.pid);
  }
  return found;
}

/** Whether that very process still runs; one that only waits to be reaped does not. */
export function isAlive({ pid, started }) {
  const now = stat(pid);
  return now !== undefined && now.started === started && now.state !== 'Z' && now.state !== 'X';
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold anything.
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(pid), name, state: fields[0], parent: Number(fields[1]), started: fields[19] };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
