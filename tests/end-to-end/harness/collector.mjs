import { once } from 'node:events';
import { createServer } from 'node:http';

/** A collector of OpenTelemetry: what processes send over OTLP, as HTTP with protobuf. */
export class Collector {
  spans = [];
  metrics = new Set();
  logs = [];
  #server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = read(Buffer.concat(chunks));
    if (request.url === '/v1/traces') this.#takeSpans(message);
    if (request.url === '/v1/metrics') this.#takeMetrics(message);
    if (request.url === '/v1/logs') this.#takeLogs(message);
    response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
  });

  async start() {
    await once(this.#server.listen(0, 'localhost'), 'listening');
    return this;
  }

  /** What a process needs in its environment to send everything here. */
  environment(service) {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${this.#server.address().port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_SERVICE_NAME: service,
      OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_BLRP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '500',
    };
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  // The numbers are those of the fields in OpenTelemetry's protobuf definitions.
  #takeSpans(message) {
    for (const { service, records } of resources(message, 2)) {
      for (const span of records) {
        this.spans.push({
          service,
          traceId: span.get(1)[0].toString('hex'), id: span.get(2)[0].toString('hex'), parent: span.get(4)?.[0].toString('hex') ?? '',
          name: text(span, 5), kind: Number(span.get(6)?.[0] ?? 0), from: span.get(7)[0], to: span.get(8)[0],
          attributes: attributes(span.get(9)),
          links: (span.get(13) ?? []).map(link => read(link).get(1)[0].toString('hex')),
          error: span.has(15) && Number(read(span.get(15)[0]).get(3)?.[0] ?? 0) === 2,
        });
      }
    }
  }

  #takeMetrics(message) {
    for (const { service, records } of resources(message, 2)) {
      for (const metric of records) this.metrics.add(`${service} ${text(metric, 1)}`);
    }
  }

  #takeLogs(message) {
    for (const { service, records } of resources(message, 2)) {
      for (const record of records)
        this.logs.push({ service, body: text(read(record.get(5)[0]), 1), attributes: attributes(record.get(6)) });
    }
  }
}

/** The records of each resource: spans, metrics or log records. */
function* resources(message, field) {
  for (const part of message.get(1) ?? []) {
    const resource = read(part);
    const service = attributes(read(resource.get(1)[0]).get(1))['service.name'];
    yield { service, records: (resource.get(2) ?? []).flatMap(scope => (read(scope).get(field) ?? []).map(read)) };
  }
}

function attributes(pairs = []) {
  return Object.fromEntries(pairs.map(read).map(pair => {
    const value = read(pair.get(2)[0]);
    return [text(pair, 1), value.has(1) ? text(value, 1) : value.has(3) ? Number(value.get(3)[0]) : value.get(2)?.[0] ?? null];
  }));
}

const text = (message, field) => message.get(field)?.[0].toString() ?? '';

/** The fields of a message by number: each an array of numbers (BigInt) and Buffers. */
function read(bytes) {
  const fields = new Map();
  let at = 0;
  const varint = () => {
    let number = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      number |= BigInt(byte & 127) << shift;
      if (byte < 128) return number;
    }
  };
  const readers = {
    0: varint,
    1: () => bytes.readBigUInt64LE((at += 8) - 8),
    2: () => {
      const length = Number(varint());
      return bytes.subarray(at, at += length);
    },
    5: () => BigInt(bytes.readUInt32LE((at += 4) - 4)),
  };
  while (at < bytes.length) {
    const key = varint();
    const value = readers[Number(key & 7n)]();
    const field = Number(key >> 3n);
    fields.set(field, [...fields.get(field) ?? [], value]);
  }
  return fields;
}
