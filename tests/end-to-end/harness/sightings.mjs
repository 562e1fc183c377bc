/**
 * What a page says that an operator sees of a fault, one sight a line:
 *   exit 9                           the exit code of tasksbus doctor
 *   check failed NAME: TEXT          what doctor finds; the dashboard's overview shows it too, unless it is ok
 *   mend TEXT                        what to do about the check before
 *   doctor failed NAME: TEXT         what doctor finds on its way to the server, which no dashboard shows
 *   note TEXT                        what the dashboard alone shows
 *   probe MEMBER: STATUS TEXT        what a process answers at /health/ready; or "no answer", or "refused"
 *   metric EXPRESSION                an expression that gives a series
 *   alert SEVERITY NAME              an alert that fires, if what it sees goes on
 * In texts N stands for any number, TIME for any time, and ... for any text.
 */
export function sightsIn(text) {
  const sights = [];
  for (const line of text.split('\n').filter(line => line.trim() !== '')) {
    const [, kind, rest] = /^(\w+) +(.+)$/.exec(line) ?? [];
    if (kind === 'mend') sights.at(-1).mend = rest;
    else if (kind in kinds) sights.push({ line, kind, rest });
    else throw new Error(`No sight is: ${line}`);
  }
  return sights;
}

/** Looks once. Returns those that are not to be seen now, each with what is there instead. */
export async function missing(cluster, sights) {
  const needs = kind => sights.some(sight => kinds[sight.kind].needs?.includes(kind));
  const seen = {
    doctor: needs('doctor') ? await cluster.doctor() : undefined,
    notes: needs('notes') ? await cluster.notes() : undefined,
    alerts: needs('alerts') ? await cluster.prometheus.alerts() : undefined,
  };
  const looks = await Promise.all(sights.map(async sight => ({ sight, there: await kinds[sight.kind].look(sight, seen, cluster) })));
  return looks.filter(({ there }) => there !== true);
}

const kinds = {
  exit: {
    needs: ['doctor'],
    look: ({ rest }, { doctor }) => String(doctor.code) === rest || doctor.code,
  },
  doctor: { needs: ['doctor'], look: isFound },
  check: {
    needs: ['doctor', 'notes'],
    look: (sight, seen) => {
      const found = isFound(sight, seen);
      const { state, text } = partsOf(sight.rest);
      return found !== true || state === 'ok' ? found : isNoted([text, sight.mend].join(' '), seen);
    },
  },
  note: { needs: ['notes'], look: ({ rest }, seen) => isNoted(rest, seen) },
  probe: {
    look: async ({ rest }, _, cluster) => {
      const [, member, answer] = /^([\w-]+): (.+)$/.exec(rest);
      const there = await cluster.probe(member);
      return pattern(answer).test(there) || there;
    },
  },
  metric: { look: async ({ rest }, _, cluster) => (await cluster.prometheus.query(rest)).length > 0 || 'no series' },
  alert: {
    needs: ['alerts'],
    look: ({ rest }, { alerts }) =>
      alerts.some(({ severity, alertname }) => `${severity} ${alertname}` === rest) || alerts.map(({ alertname }) => alertname),
  },
};

function isFound({ rest, mend }, { doctor }) {
  const { state, name, text } = partsOf(rest);
  const named = doctor.checks.filter(check => check.name === name);
  return named.some(check => check.state === state && pattern(text).test(check.text) && (!mend || pattern(mend).test(check.mend ?? '')))
    || (named.length > 0 ? named : doctor.checks.filter(check => check.state !== 'ok'));
}

function isNoted(text, { notes }) {
  return notes.some(note => pattern(text).test(note.replace(/\s+/g, ' ').trim())) || notes;
}

function partsOf(rest) {
  const { groups } = /^(?<state>ok|warning|failed) +(?<name>[^:]+): (?<text>.+)$/.exec(rest);
  return groups;
}

function pattern(text) {
  const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const any = [['\\.\\.\\.', '.*'], [/\bTIME\b/g, '[\\d.,]+ (?:s|min|h)'], [/\bN\b/g, '[\\d.,]+']];
  return new RegExp(`^${any.reduce((source, [word, what]) => source.replaceAll(word, what), escaped)}$`);
}
