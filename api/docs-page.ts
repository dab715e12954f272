import { problemKinds } from './problem.ts';
import { openApiOf, problemsOf } from './openapi.ts';
import type { Route } from './route.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/gu, (character) => escapes[character] ?? '');
const prose = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/gu, '<code>$1</code>');

export const docsStyle = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #8886; padding: 0.5rem 0; }
h3 { font: 600 1.05rem/1.4 ui-monospace, monospace; margin: 0.5rem 0; }
h3 span { display: inline-block; min-width: 4.5rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow: auto; background: #8882; padding: 0.75rem; }
table { border-collapse: collapse; } td, th { text-align: left; padding: 0.2rem 1rem 0.2rem 0; vertical-align: top; }
`;

/** The interface for people: the same declarations as in OpenAPI, on one page without scripts. */
export function docsPage(routes: readonly Route[], version: string): string {
  const { paths } = openApiOf(routes, version) as { paths: Record<string, Record<string, object>> };
  const tags = [...new Set(routes.map((route) => route.tag))];
  const contents = tags.map((tag) => `<li><a href="#${tag}">${tag}</a></li>`).join('');
  const chapters = tags.map((tag) => {
    const own = routes.filter((route) => route.tag === tag);
    return `<h2 id="${tag}">${tag}</h2>${own.map((route) => sectionOf(route, paths)).join('')}`;
  });
  const problems = Object.entries(problemKinds).map(
    ([code, [status, title]]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(title)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>TVEmicro REST interface</title><link rel="stylesheet" href="/api/docs.css"></head><body>
<h1>TVEmicro REST interface</h1>
<p>Version ${escaped(version)}. Base <code>/api/v1</code>, JSON, times in RFC 3339 UTC. For machines:
<a href="/api/v1/openapi.json">OpenAPI 3.1</a>. Sign in with <code>POST /session</code> and send the
<code>csrfToken</code> of its answer as <code>X-CSRF-Token</code> with every change.</p>
<nav><ul>${contents}<li><a href="#problems">problems</a></li></ul></nav>
${chapters.join('')}
<h2 id="problems">problems</h2><p>Errors are <code>application/problem+json</code>. Match on <code>code</code>.</p>
<table><tr><th>code</th><th>status</th><th>meaning</th></tr>${problems.join('')}</table>
</body></html>`;
}

function sectionOf(route: Route, paths: Readonly<Record<string, Record<string, object>>>): string {
  const operation = paths[route.path.replaceAll(/:(\w+)/gu, '{$1}')]?.[route.method] as {
    parameters?: readonly { name: string; schema: { description?: string } }[];
    requestBody?: object;
    responses: object;
  };
  const parameters = (operation.parameters ?? []).map(
    ({ name, schema }) => `<li><code>${name}</code> ${prose(schema.description ?? '')}</li>`,
  );
  const shape = (title: string, value: object): string =>
    `<details><summary>${title}</summary><pre>${escaped(JSON.stringify(value, null, 2))}</pre></details>`;
  const role = route.role === null ? 'anybody' : `${route.role}${route.panel === true ? ', or the panel' : ''}`;
  return `<section><h3><span>${route.method.toUpperCase()}</span>${escaped(route.path)}</h3>
<p>${prose(route.summary)}. ${prose(route.description ?? '')} Role: ${role}.</p>
${parameters.length === 0 ? '' : `<ul>${parameters.join('')}</ul>`}
${operation.requestBody === undefined ? '' : shape('Body', operation.requestBody)}${shape('Answers', operation.responses)}
<p>Problems: ${problemsOf(route)
    .map((code) => `<a href="#${code}"><code>${code}</code></a>`)
    .join(' ')}</p></section>`;
}
