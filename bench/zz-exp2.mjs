// in-process backend: what the hop costs; and ablations
import { Connection } from '../dist/db/sqlite/connection.js';
import { createStatsStore } from '../dist/db/stats-store.js';
import { createBuilder } from '../dist/db/database.js';
import { sqliteTables } from '../dist/schema/sqlite.js';
import { sqliteFunctions } from '../dist/db/queries/sql-functions.js';
import { openStore } from './stores.mjs';
import { uuidOf } from '../dist/cli/demo-history.js';
import { rmSync } from 'node:fs';
const N=50000, POINTS=25, size=Number(process.argv[2]??25);
function rowsOf(n){const S=50;return Array.from({length:N},(_,i)=>{const r=Math.floor(i/25),s=r%S,k=Math.floor(r/S)*25+i%25+1,ms=k*5000;return [n*S+s+1,1767225600000+ms,ms,ms-400,k*2,k*14,k*24,1,k,k,3,400,1,2,0];});}
const reqs=(n)=>{const R=rowsOf(n),o=[];for(let i=0;i<R.length;i+=25){const u=uuidOf('b'+R[i][0]);o.push(R.slice(i,i+25).map(([,sampleMs,...counters])=>({kind:'recordSample',sessionUuid:u,sampleMs,counters})))}return o;};
const file='/tmp/exp/y.sqlite'; for (const s of ['','-wal','-shm']) rmSync(file+s,{force:true});
const o=await openStore(file); await o.store.close();
const cn=new Connection({file,role:'writer'});
let id=0; const ids=new Map(); const define=[];
const skips=(process.env.SKIP??'').split(',').filter(Boolean);
let sqlMs=0;
function intern(st){let i=ids.get(st.sql); const d=[]; if(i===undefined){i=++id;ids.set(st.sql,i);cn.handle({op:'read',statement:{sqlId:i,params:[]}}.x??{op:'execute',sql:'SELECT 1'},[[i,st.sql]]);} return {sqlId:i,params:st.params};}
const timing={};
const backend={description:'x',read:async(st)=>cn.handle({op:'read',statement:intern(st)},[]).rows,
 transact:async(sts)=>{const kept=sts.filter(s=>!skips.some(k=>s.sql.includes(k))); const m=kept.map(intern); const t=performance.now(); const r=cn.handle({op:'transact',statements:m,guard:null,checksForeignKeys:false},[]).changes; sqlMs+=performance.now()-t; return kept.length===sts.length?r:sts.map(()=>1);},execute:async(sql)=>cn.handle({op:'execute',sql},[]).rows,close:async()=>{}};
const db={backend,tables:sqliteTables,builder:createBuilder(backend),functions:sqliteFunctions};
const store=createStatsStore(db,'UTC');
const ts=[],sq=[];
for(let n=0;n<7;n++){const R=reqs(n);const uuids=[...new Set(R.map(r=>r[0].sessionUuid))];
 const v=Object.fromEntries(['sourcePath','sourceUrl','widthPx','heightPx','codec','container','audioCodec','fpsX100','bitrateKbps','fileSizeBytes','hashSha256','screenshotPath','metadataJson'].map(k=>[k,null]));
 await store.apply([uuids.map(u=>({kind:'startSession',sessionUuid:u,startedAtMs:1767225600000,video:{videoKey:'b',title:'b',sourceType:1,durationMs:1,...v},locale:null,targetLanguage:null,difficultyTier:null,subtitleMode:null,receivedAtMs:1}))],1);
 await store.apply([R[0]],1); cn.handle({op:'execute',sql:'PRAGMA wal_checkpoint(PASSIVE)'},[]);
 const B=[];for(let i=0;i<R.length;i+=size/25)B.push(R.slice(i,i+size/25).flat()); sqlMs=0;const t=performance.now();for(const b of B) await store.apply([b],1);ts.push((performance.now()-t)*1000/B.length);sq.push(sqlMs*1000/B.length);}
const med=a=>a.slice(1).sort((x,y)=>x-y)[3]??a[0];
console.log('size',size,'skip',skips.join('|')||'-','apply',med(ts).toFixed(0),'us/flush; of it SQL',med(sq).toFixed(0),'us');
