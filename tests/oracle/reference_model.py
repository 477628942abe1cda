# ruff: noqa # a copy of the independent oracle (DOMAIN §11), kept as it was delivered
# fmt: off
"""Reference implementation of the PROPOSED scoring model (domain.md section 11). Pure stdlib; it fixes the worked examples."""
import csv, math, os
MATRIX={0:dict(blue=0,yellow=0,orange=0,red=0),1:dict(blue=.05,yellow=.10,orange=.20,red=.30),2:dict(blue=.10,yellow=.25,orange=.45,red=.65),3:dict(blue=.20,yellow=.45,orange=.75,red=1.0)}
ORDER=['green','blue','yellow','orange','red']
SECTOR_W={'危化':.20,'工贸':.15,'在建工地':.12,'消防':.20,'道路水上':.10,'内涝地灾':.13,'其他':.10}
def clip(x,a=0.0,b=1.0): return max(a,min(b,x))
def lin(x,lo,hi): return clip((x-lo)/(hi-lo))
def log1p_norm(x,hi): return clip(math.log1p(max(x,0))/math.log1p(hi))
def log_norm(x,lo,hi): return clip(math.log(max(x,1e-9)/lo)/math.log(hi/lo))
def inherent(h,e,v): return 0.0 if h<=0 else h**.5*max(e,.1)**.25*max(v,.1)**.25   # weighted geometric mean
def weather(signals,effect): return max([MATRIX[effect.get(k,0)][c] for k,c in signals.items()] or [0.0])
def backlog(general,overdue,major,major_overdue,G=50): return clip((general+3*overdue+10*major+20*major_overdue)/G)
def accident(events): return clip(sum(s*2**(-d/7) for d,s in events))           # [(days_ago, s)]
def dyn(W,H,A,P): return 1+0.8*W+0.4*H+0.3*A+0.3*P                               # 1.0 .. 2.8
def ctl(index,closure,online): return 0.75+0.5*(0.6*index/100+0.2*closure+0.2*online)  # 0.75 .. 1.25
def town(I,D,C,w=SECTOR_W):
    x={s:I[s]*D[s]/C for s in I}; r={s:min(1.0,v) for s,v in x.items()}
    mean=sum(w[s]*r[s] for s in r)/sum(w[s] for s in r)
    return 100*(0.5*max(r.values())+0.5*mean), x, max(x,key=x.get)
def colour(score): return 'red' if score>=80 else 'orange' if score>=65 else 'yellow' if score>=50 else 'blue' if score>=35 else 'green'
def apply_floors(c,*floors): return ORDER[max([ORDER.index(c)]+[ORDER.index(f) for f in floors])]
def smooth(today,yesterday): return today if ORDER.index(today)>=ORDER.index(yesterday)-1 else ORDER[ORDER.index(yesterday)-1]
def ind(x,lo,hi,pts): return pts*clip((x-lo)/(hi-lo))     # lo = zero-score value, hi = full-score value; lower-is-better when lo>hi
def index_colour(x): return 'green' if x>=95 else 'blue' if x>90 else 'yellow' if x>=80 else 'orange' if x>=60 else 'red'
def rank(scores): return {k:1+sum(v2>v for v2 in scores.values()) for k,v in scores.items()}
EXAMPLE=dict(h={'危化':log1p_norm(85.6,200),'工贸':lin(18,0,60),'在建工地':lin(21,0,60),'消防':log1p_norm(120,400),'道路水上':lin(5,0,20),'内涝地灾':lin(12,0,40),'其他':lin(8,0,40)},e=log_norm(6000,500,30000),v=lin(14,0,40))
def load_effects(folder=os.path.dirname(os.path.abspath(__file__))):
    m={r['sector14']:r['sector7'] for r in csv.DictReader(open(os.path.join(folder,'sector_map.csv'),encoding='utf-8'))}
    out={s:{} for s in SECTOR_W}
    for r in csv.DictReader(open(os.path.join(folder,'weather_sector_effects.csv'),encoding='utf-8')):
        d=out[m[r['sector']]]; d[r['weather']]=max(d.get(r['weather'],0),int(r['effect_0_3']))
    return out
EFFECT=load_effects()
if __name__=='__main__':
    I={s:inherent(h,EXAMPLE['e'],EXAMPLE['v']) for s,h in EXAMPLE['h'].items()}
    C=ctl(84,.90,.95)
    print('h',{k:round(v,4) for k,v in EXAMPLE['h'].items()},'e',round(EXAMPLE['e'],4),'v',EXAMPLE['v']); print('I',{k:round(v,4) for k,v in I.items()}); print('C',round(C,4))
    H=backlog(5,0,0,0)
    for name,sig,A,P in (('calm',{},0,0),('heat orange',{'高温':'orange'},0,0),('heat red',{'高温':'red'},0,0),('rain yellow',{'暴雨':'yellow'},0,0),('rain orange',{'暴雨':'orange'},0,0),('rain red',{'暴雨':'red'},0,0),('typhoon red',{'台风':'red','暴雨':'orange'},0,0),('calm+fatal today',{},.5,0),('calm+fatal today+holiday',{},.5,.6)):
        D={s:dyn(weather(sig,EFFECT[s]),H,A,P) for s in I}; sc,x,d=town(I,D,C); print(f'{name:26s}',round(sc,2),colour(sc),d,{k:round(v,3) for k,v in x.items()})
    print('C range',ctl(0,0,0),ctl(100,1,1),'backlog',backlog(10,4,1,0),'acc',accident([(0,.5),(7,.5)]))
    print('ind',ind(85,60,100,6),ind(1,2,0,3),'rank',rank({'a':90,'b':88,'c':88,'d':70}))
    print([(x,index_colour(x)) for x in (95,94.99,90,90.01,80,79.99,60,59.9)])
    print(smooth('green','orange'),apply_floors('blue','orange'))
