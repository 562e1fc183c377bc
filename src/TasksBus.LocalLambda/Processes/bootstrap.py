# What runs inside each function's Python process. It loads the function, then speaks Lambda's Runtime API with the server, as any custom
# runtime does (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). What is printed goes to the log.

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = '/2018-06-01/runtime'
MAX_MESSAGE, MAX_TRACE_LINES, MAX_TRACE_LINE = 32768, 40, 2000
HERE = os.path.abspath(__file__)

connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
request_id = ''


class RuntimeFault(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.trace = kind, list(trace)


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers['Lambda-Runtime-Aws-Request-Id']
        self.invoked_function_arn = headers['Lambda-Runtime-Invoked-Function-Arn']
        self.function_name = env['AWS_LAMBDA_FUNCTION_NAME']
        self.function_version = env['AWS_LAMBDA_FUNCTION_VERSION']
        self.memory_limit_in_mb = env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
        self.log_group_name = env['AWS_LAMBDA_LOG_GROUP_NAME']
        self.log_stream_name = env['AWS_LAMBDA_LOG_STREAM_NAME']
        self.identity = None
        self.client_context = None
        self._deadline = int(headers['Lambda-Runtime-Deadline-Ms'])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    # Not for functions, which log through logging or print.
    def log(self, message):
        sys.stdout.write(str(message))


class LogHandler(logging.Handler):
    def emit(self, record):
        try:
            stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created)) + '.%03dZ' % record.msecs
            print('[%s]\t%s\t%s\t%s' % (record.levelname, stamp, request_id, self.format(record)))
        except Exception:
            self.handleError(record)


def cut(text, length):
    text = text if len(text) <= length else text[:length] + '...'
    return text.encode('utf-8', 'replace').decode('utf-8')


def describe(error):
    if isinstance(error, RuntimeFault):
        return {'errorMessage': cut(str(error), MAX_MESSAGE), 'errorType': error.kind, 'requestId': request_id, 'stackTrace': error.trace}
    try:
        message = str(error)
    except Exception:
        message = 'The error could not be read: its __str__ raises.'
    # The frames of this file are not the function's story.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != HERE and not frame.filename.startswith('<frozen')]
    trace = [cut(line, MAX_TRACE_LINE) for line in traceback.format_list(frames)[-MAX_TRACE_LINES:]]
    return {'errorMessage': cut(message, MAX_MESSAGE), 'errorType': type(error).__name__, 'requestId': request_id, 'stackTrace': trace}


def log_error(described):
    lines = ['[ERROR] %s: %s' % (described['errorType'], described['errorMessage'])]
    if described['stackTrace']:
        lines += ['Traceback (most recent call last):'] + [line.rstrip('\n') for line in described['stackTrace']]
    print('\n'.join(lines))


def call(method, path, body=None, headers=None):
    connection.request(method, API + path, body, headers or {})
    response = connection.getresponse()
    return response.headers, response.read()


def report(path, error):
    described = describe(error)
    log_error(described)
    sys.stdout.flush()
    call('POST', path, json.dumps(described).encode(), {'Lambda-Runtime-Function-Error-Type': described['errorType'], 'Content-Type': 'application/json'})


def load(name):
    try:
        module_name, function_name = name.rsplit('.', 1)
    except ValueError:
        raise RuntimeFault('Runtime.MalformedHandlerName', "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    try:
        module = importlib.import_module(module_name.replace('/', '.'))
    except ImportError as error:
        raise RuntimeFault('Runtime.ImportModuleError', "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        where = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, (error.text or '').strip())]
        raise RuntimeFault('Runtime.UserCodeSyntaxError', "Syntax error in module '%s': %s" % (module_name, error), where)
    handler = getattr(module, function_name, None)
    if handler is None:
        raise RuntimeFault('Runtime.HandlerNotFound', "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return handler


def marshal(value):
    try:
        try:
            return json.dumps(value, ensure_ascii=False).encode('utf-8')
        except UnicodeEncodeError:
            return json.dumps(value).encode('ascii')  # half of a surrogate pair has no other form
    except Exception as error:
        raise RuntimeFault('Runtime.MarshalError', 'Unable to marshal response: %s' % error)


def run(handler):
    global request_id
    headers, event = call('GET', '/invocation/next')
    request_id = headers['Lambda-Runtime-Aws-Request-Id']
    os.environ.pop('_X_AMZN_TRACE_ID', None)
    if headers['Lambda-Runtime-Trace-Id']:
        os.environ['_X_AMZN_TRACE_ID'] = headers['Lambda-Runtime-Trace-Id']
    path = '/invocation/%s' % request_id
    try:
        try:
            event = json.loads(event)
        except ValueError as error:
            raise RuntimeFault('Runtime.UnmarshalError', 'Unable to unmarshal input: %s' % error)
        answer = marshal(handler(event, Context(headers)))
    except Exception as error:
        report(path + '/error', error)
        return
    sys.stdout.flush()
    call('POST', path + '/response', answer, {'Content-Type': 'application/json'})


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding='utf-8', errors='backslashreplace', line_buffering=True)
    logging.getLogger().addHandler(LogHandler())
    sys.path[0] = os.environ['LAMBDA_TASK_ROOT']
    try:
        handler = load(os.environ['_HANDLER'])
    except Exception as error:
        report('/init/error', error)
        sys.exit(1)
    while True:
        run(handler)


main()
