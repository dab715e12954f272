import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Middleware } from 'koa';
import serve from 'koa-static';

const missingPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>TVEmicro: the page is not built</title></head><body>
<h1>The page is not built</h1>
<p>The server runs, but it found no built operator page. On the server, run <code>npm run build</code> (or
<code>npm start</code>, which does it by itself) and load this page again.</p>
<p>The machine is under control meanwhile; the interface is at <a href="/api/docs">/api/docs</a>.</p>
</body></html>`;

/** The built operator page. Files with a digest in their name never change; the page itself is asked for anew. */
export function webPages(webRoot: string): Middleware {
  const files = serve(webRoot, {
    setHeaders: (response, path) => {
      const isNamedByContent = path.includes(join('/', 'assets', '/'));
      response.setHeader('Cache-Control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return async (ctx, next) => {
    const isPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && ctx.path === '/';
    if (isPage && !existsSync(join(webRoot, 'index.html'))) {
      ctx.status = 503;
      ctx.type = 'text/html; charset=utf-8';
      ctx.body = missingPage;
      return;
    }
    try {
      await files(ctx, next);
    } catch (error) {
      // An address that is no file name, or one that leads out of the folder: there is nothing there.
      const { status } = error as { status?: number };
      if (status === undefined || status >= 500) throw error;
      ctx.status = 404;
    }
  };
}
