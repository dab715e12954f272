import { z } from 'zod';
import type { ModuleStatistics } from '../../machine/field.ts';
import type { Diagnostics } from '../../operations/ports/diagnostics.ts';
import type { LineReport, ModuleReport } from '../../operations/ports/field-report.ts';
import { type FrameMonitor, type MonitoredFrame, mostFrames } from '../../operations/ports/frame-monitor.ts';
import { DiagnosticsReply, FramesReply } from '../diagnostics-replies.ts';
import { timeOf } from '../present.ts';
import { answered, route, type Route } from '../route.ts';

const captureType = 'application/vnd.tcpdump.pcap';

const FramesQuery = z.strictObject({
  line: z.string().describe('Id of a line'),
  last: z.coerce.number().int().min(1).max(mostFrames).default(200).describe('Most frames, the newest'),
});

export function diagnosticsRoutes(
  diagnostics: () => Promise<Diagnostics> | Diagnostics,
  monitor: FrameMonitor,
): readonly Route[] {
  const lineExists = (_params: unknown, { line }: { readonly line?: string | string[] }): boolean =>
    typeof line !== 'string' || monitor.lines.includes(line);
  return [
    route({
      method: 'get',
      path: '/diagnostics',
      tag: 'diagnostics',
      summary: 'Lines, modules, scan, history buffer, sessions: how the server itself is doing',
      role: 'engineer',
      action: 'readDiagnostics',
      reply: DiagnosticsReply,
      async handle() {
        const { history, modules, scan, field, ...further } = await diagnostics();
        return {
          ...further,
          history: { ...history },
          lines: field === null ? null : field.lines.map(presentLine),
          modules: modules.map((module) =>
            presentModule(
              module,
              field?.modules.find(({ id }) => id === module.id),
            ),
          ),
          scan: { ...scan },
        };
      },
    }),
    route({
      method: 'get',
      path: '/diagnostics/frames',
      tag: 'diagnostics',
      summary: 'The newest frames of one line, decoded, each reply with its request',
      role: 'engineer',
      action: 'readFrames',
      query: FramesQuery,
      reply: FramesReply,
      problems: ['NOT_FOUND', 'CONTROL_UNAVAILABLE'],
      exists: lineExists,
      async handle({ query }) {
        const frames = await monitor.frames(query.line, query.last);
        return { line: query.line, frames: frames.map(presentFrame) };
      },
    }),
    route({
      method: 'get',
      path: '/diagnostics/frames.pcap',
      tag: 'diagnostics',
      summary: 'The same as a capture file for Wireshark',
      description:
        'TCP/IP headers are made up, every byte in them is as it was. Modbus TCP is on port 502, which Wireshark knows. ' +
        'RTU frames are on port 1502: set that as the TCP port of Modbus RTU in its preferences (`-o mbrtu.tcp.port:1502`).',
      role: 'engineer',
      action: 'readFrames',
      query: FramesQuery,
      reply: z.never(),
      alsoAs: { [captureType]: 'libpcap, Ethernet' },
      problems: ['NOT_FOUND', 'CONTROL_UNAVAILABLE'],
      exists: lineExists,
      async handle({ query, ctx }): Promise<typeof answered> {
        const file = await monitor.capture(query.line, query.last);
        ctx.body = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
        ctx.type = captureType;
        ctx.attachment(`${query.line}.pcap`);
        return answered;
      },
    }),
  ];
}

function presentLine({ stateSinceMs, nextTryMs, load, modules, ...same }: LineReport): DiagnosticsLine {
  return {
    ...same,
    stateSince: timeOf(stateSinceMs),
    nextTry: timeOf(nextTryMs),
    load: { ...load },
    modules: [...modules],
  };
}

type DiagnosticsLine = NonNullable<z.input<typeof DiagnosticsReply>['lines']>[number];
type DiagnosticsModule = z.input<typeof DiagnosticsReply>['modules'][number];

function presentModule(known: ModuleStatistics, report: ModuleReport | undefined): DiagnosticsModule {
  const { lastErrorAtMs, ...counters } = report?.statistics ?? known;
  const told = { ...counters, lastErrorAt: timeOf(lastErrorAtMs) };
  if (report === undefined) return told;
  const { standingSinceMs, blocks, holes, statistics: _told, ...standing } = report;
  return {
    ...told,
    ...standing,
    standingSince: timeOf(standingSinceMs),
    blocks: blocks.map((block) => ({ ...block, cells: [...block.cells], readOver: [...block.readOver] })),
    holes: holes.map(({ sinceMs, ...hole }) => ({ ...hole, since: timeOf(sinceMs) })),
  };
}

function presentFrame({ atMs, bytes, values, marks, exception, latencyMs, ...same }: MonitoredFrame): PresentedFrame {
  return {
    at: timeOf(atMs),
    hex: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    ...same,
    values: values === null ? null : [...values],
    exception: exception === null ? null : { ...exception },
    latencyMs: latencyMs === null ? null : Math.round(latencyMs * 100) / 100,
    marks: [...marks],
  };
}

type PresentedFrame = z.input<typeof FramesReply>['frames'][number];
