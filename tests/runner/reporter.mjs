/** A reporter for node's test runner: a line of JSON for each test that passed or failed. */
export default async function* lines(source) {
  for await (const { type, data } of source) {
    if ((type === 'test:pass' || type === 'test:fail') && data.skip === undefined && data.details?.type !== 'suite') {
      yield `${JSON.stringify({ name: data.name, passed: type === 'test:pass', ms: data.details.duration_ms })}\n`;
    }
  }
}
