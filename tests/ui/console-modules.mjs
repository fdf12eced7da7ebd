// Loads the console's files as the browser does, as ES modules: Node 18 takes
// a .js file without a package.json beside it for something else.
import { register } from 'node:module';

const HOOKS = `
export async function load(url, context, next) {
  if (url.includes('/ui-static/')) return next(url, { ...context, format: 'module' });
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

/** The module at PATH of the console: "core/api.js". */
export const consoleModule = (path) => import(new URL(`../../ui-static/${path}`, import.meta.url));
