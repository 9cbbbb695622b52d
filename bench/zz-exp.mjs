import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import { COUNTER_COLUMNS as C, setCountersToMax, anyCounterGrows } from '../dist/db/commands/sql-text.js';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';
const rows = [];
const N=50000;
for (let i=0;i<N;i++){ const r=Math.floor(i/25); const s=r%50; const k=Math.floor(r/50)*25+i%25+1; const ms=k*5000; rows.push([s+1, 1767225600000+ms, ms,ms-400,k*2,k*14,k*24,1,k,k,3,400,1,2,0]); }
const cols=['session_id','sample_ms',...C];
const MARK='('+cols.map(()=>'?').join(', ')+')';
const tail = (t)=>`ON CONFLICT (session_id, sample_ms) DO UPDATE SET ${setCountersToMax(t)} WHERE ${anyCounterGrows(t)}`;
const head='INSERT INTO telemetry ('+cols.join(', ')+') VALUES ';
function open(opts){ rmSync('/tmp/exp/x.sqlite',{force:true});rmSync('/tmp/exp/x.sqlite-wal',{force:true});rmSync('/tmp/exp/x.sqlite-shm',{force:true});
 const db=new Database('/tmp/exp/x.sqlite'); for(const p of pragmasOf('writer')) db.pragma(p); for (const p of opts.pragmas??[]) db.pragma(p);
 db.exec(`CREATE TABLE imm_sessions(session_id INTEGER PRIMARY KEY, u TEXT); CREATE TABLE telemetry (telemetry_id INTEGER PRIMARY KEY ${opts.auto?'AUTOINCREMENT':''} NOT NULL, session_id INTEGER NOT NULL, sample_ms INTEGER NOT NULL, ${C.map(c=>c+' INTEGER NOT NULL DEFAULT 0').join(', ')} ${opts.fk?', FOREIGN KEY(session_id) REFERENCES imm_sessions(session_id) ON DELETE CASCADE':''}); CREATE UNIQUE INDEX uq ON telemetry(session_id,sample_ms);`);
 for(let i=1;i<=50;i++) db.prepare('INSERT INTO imm_sessions VALUES(?,?)').run(i,'x');
 return db; }
function bench(name, opts, size, make){
  const ts=[];
  for(let k=0;k<5;k++){ const db=open(opts); const ins=make(db); const B=[]; for(let i=0;i<N;i+=size) B.push(rows.slice(i,i+size)); 
   const begin=db.prepare('BEGIN IMMEDIATE'), commit=db.prepare('COMMIT');
   const t=performance.now(); for(const b of B){ begin.run(); ins(b); commit.run(); } ts.push(performance.now()-t); db.close(); }
  ts.sort((a,b)=>a-b); console.log(name.padEnd(46), size, Math.round(N/(ts[2]/1000)), 'rows/s', (ts[2]*1000/(N/size)).toFixed(0),'us/batch');
}
const single=(sql)=>(db)=>{const s=db.prepare(sql);return b=>{for(const r of b) s.run(r)}};
const multi=(t,spread=true,shapes=[64,32,16,8,4,2,1])=>(db)=>{const st=new Map();const get=n=>{let s=st.get(n);if(!s){s=db.prepare(head+Array.from({length:n},()=>MARK).join(', ')+' '+t);st.set(n,s)}return s};
 return b=>{ for(let o=0;o<b.length;o+=25){const g=b.slice(o,o+25); let d=0; while(d<g.length){const n=shapes.find(x=>x<=g.length-d); const p=g.slice(d,d+n).flat(); if(spread) get(n).run(...p); else get(n).run(p); d+=n;} } } };
for (const size of [25,1000]) {
 bench('raw single', {}, size, single(head+MARK));
 bench('raw single +auto', {auto:1}, size, single(head+MARK));
 bench('raw single +auto+fk', {auto:1,fk:1}, size, single(head+MARK));
 bench('single +auto+fk, DO NOTHING', {auto:1,fk:1}, size, single(head+MARK+' ON CONFLICT DO NOTHING'));
 bench('single +auto+fk, upsert', {auto:1,fk:1}, size, single(head+MARK+' '+tail('telemetry')));
 bench('multi 16+8+1 upsert spread auto fk', {auto:1,fk:1}, size, multi(tail('telemetry')));
 bench('multi 16+8+1 upsert array auto fk', {auto:1,fk:1}, size, multi(tail('telemetry'),false));
 bench('multi 16+8+1 upsert array auto nofk', {auto:1}, size, multi(tail('telemetry'),false));
 bench('multi 16+8+1 DO NOTHING array auto fk', {auto:1,fk:1}, size, multi('ON CONFLICT DO NOTHING',false));
 bench('multi 25 upsert array', {auto:1,fk:1}, size, multi(tail('telemetry'),false,[25]));
}
