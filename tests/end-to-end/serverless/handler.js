'use strict';

const { appendFileSync } = require('node:fs');

exports.hello = async task => {
  appendFileSync(task.data.record, `${JSON.stringify(task)}\n`);
  return { greeted: task.data.name };
};

exports.fail = async () => {
  throw new Error('It broke.');
};
