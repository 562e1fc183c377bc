/** A reporter for node's test runner: a line of JSON for each test that passed or failed, with the error. */
export default async function* lines(source) {
  for await (const { type, data } of source) {
    if ((type === 'test:pass' || type === 'test:fail') && data.skip === undefined && data.details?.type !== 'suite') {
      const error = data.details.error?.cause?.message ?? data.details.error?.message;
      yield `${JSON.stringify({ name: data.name, passed: type === 'test:pass', ms: data.details.duration_ms, error })}\n`;
    }
  }
}
