import { Clients } from './clients.ts';
import { startTestServer } from './plant.ts';
import { AttributeIds, NodeClass } from 'node-opcua';
const s = await startTestServer({});
const c = new Clients();
for (const who of [null,'otto','anton']) {
const ses = await c.connectedAs(s.endpointUrl, who);
for (const id of ['i=3706','i=3707','i=3708','i=2289','i=2290','i=2274','i=2294','i=15958','i=12637']) {
 const dv = await ses.read({nodeId:id, attributeId: AttributeIds.Value}); const v = dv.value.value; console.log(who,id,(await ses.read({nodeId:id, attributeId: AttributeIds.BrowseName})).value.value?.name, dv.statusCode.name, Array.isArray(v)? v.length : String(v).slice(0,80)); }
// sweep: which ns0 variables are user-writable, methods callable
const seen=new Set<string>(); const q=['i=84']; let n=0; const w:string[]=[]; const m:string[]=[];
while(q.length){ const id=q.pop()!; if(seen.has(id)) continue; seen.add(id); n++;
 const r = await ses.browse({nodeId:id, referenceTypeId:'i=33', includeSubtypes:true, browseDirection:0, resultMask:63});
 for(const x of r.references??[]){ const k=x.nodeId.toString(); if(k.startsWith('ns=0;i=86')||/^ns=0;i=(86|88|89|90|91|58|62|31|24|23|22)$/.test(k)) continue; if(!seen.has(k)) q.push(k);
  if(x.nodeClass===NodeClass.Variable){ const l=(await ses.read({nodeId:k,attributeId:AttributeIds.UserAccessLevel})).value.value; if(l&2) w.push(k+' '+x.browseName.name);} 
  if(x.nodeClass===NodeClass.Method){ const l=(await ses.read({nodeId:k,attributeId:AttributeIds.UserExecutable})).value.value; if(l) m.push(k+' '+x.browseName.name);} }
}
console.log(who, n, 'writable', [...new Set(w)].join(', '), '\nexecutable', [...new Set(m)].join(', '));
}
await c.close(); await s.dispose();
