export { handler } from '../record/index.mjs';
