import type { Diagnostics } from '../../operations/ports/diagnostics.ts';
import { DiagnosticsReply } from '../replies.ts';
import { route, type Route } from '../route.ts';

export function diagnosticsRoutes(diagnostics: () => Promise<Diagnostics> | Diagnostics): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/diagnostics',
      tag: 'diagnostics',
      summary: 'Modules, scan, history buffer, sessions: how the server itself is doing',
      role: 'engineer',
      action: 'readDiagnostics',
      reply: DiagnosticsReply,
      async handle() {
        const { history, modules, scan, ...further } = await diagnostics();
        return {
          ...further,
          history: { ...history },
          modules: modules.map((module) => ({ ...module })),
          scan: { ...scan },
        };
      },
    }),
  ];
}
