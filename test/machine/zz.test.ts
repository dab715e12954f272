import { engineer, operator, Rig } from './rig.ts';
import type { PlantOptions } from './plant.ts';
const trips = (rig: Rig) => rig.events.filter(e=>e.transition==='tripped').map(e=>`${e.occurrence.id} ${e.occurrence.explanation.slice(0,150)}`);
describe('grid', () => {
  it('sound', () => {
    let n = 0; const bad: string[] = [];
    const ambs = process.env['AMB'] ? [-8, 8] : [0];
    for (const gainShare of [0.9, 1.05, 1.25]) for (const timeShare of [0.75, 1, 1.2, 1.4]) for (const sp of [80, 140, 200, 260]) for (const hot of [false, true]) for (const same of [false, true]) for (const amb of ambs) {
      const rig = new Rig({ temperatureC: hot ? sp - 15 : 23, plant: { gainShare, timeShare } });
      rig.plant.ambientOffsetK = amb;
      rig.run(1); rig.write('heater.zone1.setpoint', sp); rig.write('heater.zone2.setpoint', same ? sp : 0); rig.ask({ name: 'heat', on: true });
      rig.run(hot ? 400 : 900); n++;
      if (trips(rig).length) bad.push(JSON.stringify([gainShare, timeShare, sp, hot, same, amb, trips(rig)[0]]));
    }
    console.log(n, bad.length, bad.map(b => b.replace(/reads.*/, b.includes("45 s ago") ? "MODEL" : "")).join('\n'));
  }).timeout(0);
  it('faults', () => {
    const worst = new Map<string, [number, string]>(); const bad: string[] = [];
    for (const gainShare of [0.75, 1, 1.25]) for (const timeShare of [0.75, 1, 1.4]) for (const sp of [80, 140, 200, 260]) for (const hot of [false, true]) for (const cap of [50, 70, 85, 100]) for (const fault of ['brokenHeaters', 'detachedSensors'] as const) {
      if (!hot && sp !== 200) continue;
      const rig = new Rig({ temperatureC: hot ? sp : 23, plant: { gainShare, timeShare } });
      rig.run(1);
      if (hot) { rig.write('heater.zone1.setpoint', sp); rig.write('heater.zone2.setpoint', sp); }
      rig.ask({ name: 'heat', on: true });
      rig.run(hot ? 300 : 5);
      rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
      rig.run(1);
      rig.plant.faults[fault].add('zone1');
      rig.write('heater.zone1.output', cap, engineer);
      const key = `${fault} ${hot ? 'hot' : 'cold'} ${sp} ${cap}`;
      let s = 9999; const t0 = rig.nowMs;
      for (let k = 0; k < 600 * 4 && rig.state !== 'ALARM'; k++) rig.scan();
      if (rig.state === 'ALARM') s = (rig.nowMs - t0) / 1000; else bad.push(key + ' ' + gainShare + ' ' + timeShare);
      if (s > (worst.get(key)?.[0] ?? 0)) worst.set(key, [s, `${gainShare} ${timeShare} ${rig.plant.trueC('zone1').toFixed(0)} ${trips(rig).length} ${trips(rig)[0]?.slice(0, 110)}`]);
    }
    for (const [k, v] of worst) console.log(k, v[0], v[1]);
    console.log('unfound', bad.length, bad.join('\n'));
  }).timeout(0);
});
