// What runs inside each function's Node.js process: the other half of NodeConversation.cs.
//
// It loads the function, then answers one invocation at a time over a Unix socket. Frames, little endian:
//   host -> here   u32 length of the event, u8 flags (1: mark the end of the log), 36 bytes request id, f64 deadline
//                  in ms since 1970, u8 length of the trace, the trace, the event
//   here -> host   u32 length of the body, u8 kind, u32 peak memory in KB, the body
// The log goes to file descriptor 1, written synchronously: what the function writes there itself, or has a child
// process write, keeps its place; a flood waits for the reader; nothing is lost when the process exits.

import { existsSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { format, inspect, types, toUSVString } from 'node:util';

const READY = 1, INIT_FAILED = 2, RESULT = 3, FAILED = 4, CRASHED = 5;
const INVOKE_HEADER = 50, MAX_RESPONSE_BYTES = 6_291_456;
// With these an error stays under 256 KB even if every character needs JSON's six-byte escape.
const MAX_MESSAGE = 32_768, MAX_TRACE_LINES = 40, MAX_TRACE_LINE = 1_000, MAX_TRACE = 8_192;

const [socketPath] = process.argv.splice(2);
const env = { ...process.env };
const functionArn = `arn:aws:lambda:${env.AWS_REGION}:000000000000:function:${env.AWS_LAMBDA_FUNCTION_NAME}`;
// What this process has started is ended by its supervisor, as it is itself when the server ends.
const die = () => process.kill(process.pid, 'SIGKILL');

let current = null; // the invocation that has not been answered yet
let requestId; // of the latest invocation: a late line of the log still says whose it is
let handler;

// --- the log

const pause = new Int32Array(new SharedArrayBuffer(4));

function writeLog(data) {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // A child process that shares the descriptor may have made it non-blocking.
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

const logLine = (level, text) => writeLog(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);

const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' };
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...args) => logLine(level, format(...args));
}

for (const [name, fd] of [['stdout', 1], ['stderr', 2]]) {
  let stream;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => stream ??= Object.assign(new Writable({
      write(chunk, _, written) { writeLog(chunk); written(); },
    }), { fd, _type: 'pipe' }),
  });
}

// --- errors, as Lambda shows them

function runtimeError(type, message, stack) {
  const error = new Error(message);
  error.name = type;
  error.stack = stack ?? '';
  return error;
}

const cut = (text, length) => toUSVString(text.length > length ? text.slice(0, length) + '...' : text);

function describe(error) {
  try {
    if (types.isNativeError(error) || error instanceof Error) {
      const trace = [];
      let size = 0;
      for (const line of String(error.stack ?? '').split('\n', MAX_TRACE_LINES)) {
        if (line === '' && trace.length === 0) continue;
        if (line.includes(import.meta.url)) break; // from here on it is this file's story, not the function's
        trace.push(cut(line, MAX_TRACE_LINE));
        if ((size += Math.min(line.length, MAX_TRACE_LINE)) > MAX_TRACE) break;
      }
      return { errorType: cut(String(error.name), 256), errorMessage: cut(String(error.message), MAX_MESSAGE), trace };
    }
    const text = typeof error === 'object' && error?.toString === Object.prototype.toString ? inspect(error) : String(error);
    return { errorType: typeof error, errorMessage: cut(text, MAX_MESSAGE), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'The error could not be read: its message, name or stack throws.', trace: [] };
  }
}

// --- the conversation with the host

const socket = connect(socketPath);
socket.on('error', die).on('close', die);

function send(kind, body) {
  const length = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(9 + length);
  frame.writeUInt32LE(length, 0);
  frame[4] = kind;
  frame.writeUInt32LE(process.resourceUsage().maxRSS, 5);
  frame.write(body, 9);
  socket.write(frame);
}

function answer(invocation, kind, body) {
  if (invocation !== current) return; // a second answer counts for nothing
  current = null;
  socket.ref();
  if (invocation.markLog) writeLog(`\x1e${invocation.id}\n`);
  send(kind, body);
}

function succeed(invocation, value) {
  if (invocation !== current) return;
  let body;
  try {
    body = JSON.stringify(value) ?? 'null';
  } catch (error) {
    return fail(invocation, runtimeError('Runtime.MarshalError', `Unable to stringify response body: ${error?.message}`));
  }
  if (Buffer.byteLength(body) > MAX_RESPONSE_BYTES) {
    return fail(invocation, runtimeError('Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`));
  }
  answer(invocation, RESULT, body);
}

function fail(invocation, error) {
  if (invocation !== current) return;
  const body = JSON.stringify(describe(error));
  logLine('ERROR', `Invoke Error \t${body}`);
  answer(invocation, FAILED, body);
}

// The host ends the process once it has read the frame; an exit here could cut it off.
function crash(error) {
  const body = JSON.stringify(describe(error));
  logLine('ERROR', `Uncaught Exception \t${body}`);
  if (current) answer(current, CRASHED, body);
  else if (handler) die();
  else send(INIT_FAILED, body);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', reason =>
  crash(runtimeError('Runtime.UnhandledPromiseRejection', describe(reason).errorMessage, reason?.stack)));

// During an invocation the socket does not count as work. When nothing else is left to do, Lambda answers what the
// callback said, or null where nobody will ever answer.
process.on('beforeExit', () => {
  if (current) current.whenIdle();
});

let trace = '';

// The variable from which the libraries of X-Ray and OpenTelemetry read the trace of the invocation.
function setTrace(next) {
  if (next === trace) return;
  trace = next;
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
}

function invoke(id, deadline, markLog, text) {
  const invocation = { id, markLog, whenIdle: () => succeed(invocation, null) };
  current = invocation;
  requestId = id;
  socket.unref();

  const context = {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: id,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (error, result) => (error == null ? succeed(invocation, result) : fail(invocation, error)),
    succeed: result => succeed(invocation, result),
    fail: error => fail(invocation, error ?? 'handled'),
  };
  const callback = (error, result) => {
    if (error != null) fail(invocation, error);
    else if (context.callbackWaitsForEmptyEventLoop) invocation.whenIdle = () => succeed(invocation, result);
    else succeed(invocation, result);
  };

  try {
    const returned = handler(JSON.parse(text), context, callback);
    if (typeof returned?.then === 'function') {
      returned.then(value => succeed(invocation, value), error => fail(invocation, error));
    } else if (returned !== undefined && handler.length < 3 && typeof returned?.hasRef !== 'function') {
      // A plain return value is the answer, unless the function takes a callback; a timer is the accident of an arrow
      // function: (event, context) => setTimeout(...).
      succeed(invocation, returned);
    }
  } catch (error) {
    fail(invocation, error);
  }
}

let chunks = [], received = 0;

socket.on('data', chunk => {
  chunks.push(chunk);
  received += chunk.length;
  while (received >= INVOKE_HEADER) {
    if (chunks[0].length < INVOKE_HEADER) chunks = [Buffer.concat(chunks, received)];
    const start = INVOKE_HEADER + chunks[0][49], size = start + chunks[0].readUInt32LE(0);
    if (received < size) return;
    const data = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, received);
    received -= size;
    chunks = received > 0 ? [data.subarray(size)] : [];
    setTrace(data.latin1Slice(INVOKE_HEADER, start));
    invoke(data.latin1Slice(5, 41), data.readDoubleLE(41), (data[4] & 1) !== 0, data.utf8Slice(start, size));
  }
});

// --- loading the function

async function load(root, name) {
  const file = basename(name), dot = file.indexOf('.');
  if (name.includes('..') || dot < 1 || dot === file.length - 1) {
    throw runtimeError('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name: it is file.export.`);
  }
  const module = join(dirname(name), file.slice(0, dot));
  const found = ['.mjs', '.js', '.cjs'].map(extension => join(root, module + extension)).find(existsSync);
  if (!found) throw runtimeError('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`);

  let loaded;
  try {
    loaded = await import(pathToFileURL(found));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw runtimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack);
    }
    if (error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND') {
      throw runtimeError('Runtime.ImportModuleError', `Error: ${error.message}`, error.stack);
    }
    throw error;
  }
  const pick = from => file.slice(dot + 1).split('.').reduce((value, key) => value?.[key], from);
  const picked = pick(loaded) ?? pick(loaded.default);
  if (typeof picked !== 'function') {
    throw runtimeError('Runtime.HandlerNotFound',
      picked === undefined ? `${name} is undefined or not exported` : `${name} is not a function`);
  }
  return picked;
}

try {
  const loaded = await load(env.LAMBDA_TASK_ROOT, env._HANDLER);
  await new Promise(setImmediate); // a promise that the module left rejected is its failure to load
  handler = loaded;
  send(READY, '');
} catch (error) {
  crash(error);
}
