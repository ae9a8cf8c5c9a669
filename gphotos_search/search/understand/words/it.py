"""Italian."""

from gphotos_search.search.understand.words.language import Language

IT = Language(
    code="it",
    months="gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre"
    "|dicembre",
    short_months="|feb|mar|apr||||||ott|nov|dic",
    seasons="primavera|estate?|autunno|inverno",
    weekdays="lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    every_weekday="il lunedì,di lunedì|il martedì,di martedì|il mercoledì,di mercoledì"
    "|il giovedì,di giovedì|il venerdì,di venerdì|il sabato,di sabato|la domenica,di domenica",
    weekend="fine settimana,weekend~,week-end~",
    units="giorno,giorni|settimana,settimane|mese,mesi|anno,anni",
    numbers="1,un,uno,una,un'|2,due|3,tre|4,quattro|5,cinque|6,sei|7,sette|8,otto|9,nove|10,dieci"
    "|11,undici|12,dodici",
    days_past="oggi|ieri,ieri sera|l' altro ieri,avantieri",
    last="scorso,scorsa,scorsi,scorse,ultimo,ultima,ultimi,ultime,passato,passata",
    this="questo,questa,quest'",
    ago_before="",
    ago_after="fa",
    decade="anni",
    holidays={
        "christmas": "natale",
        "christmas eve": "vigilia di natale",
        "new year": "capodanno",
        "new year's eve": "san silvestro,ultimo dell' anno",
        "easter": "pasqua",
        "halloween": "halloween",
        "valentine": "san valentino",
        "carnival": "carnevale",
        "pentecost": "pentecoste",
    },
    at="in,a,ad,nel,nello,nell',nella,negli,nelle,nei,durante,al,alla,all',nel mese di",
    of="di,d',del,dello,dell',della,degli,dei",
    the="il,lo,la,l',i,gli,le",
    both="e",
    between="tra,fra",
    start="da,dal,dall',dalla,di",
    end="a,al,all',alla,fino a,fino al",
    since="da~,dal~,dall'~,dalla~,a partire da,a partire dal",
    before="prima di,prima del,prima dell',prima della",
    after="dopo,dopo il,dopo l',dopo la",
    until="fino a,fino al,fino all'",
    where="a,ad,in,da,nel,nella,nello,nell',negli,nei",
    near="vicino a,vicino ad,presso,intorno a,nei dintorni di",
    along="con",
    either="o",
    without="senza,tranne,eccetto,non",
    album="album,l' album,nell' album,dell' album,dall' album",
    photos="foto,fotografia,fotografie,immagine,immagini,scatto,scatti",
    videos="video,filmato,filmati,clip",
    favorites="preferiti,preferite,i miei preferiti,le mie preferite,foto preferite,"
    "le mie foto preferite,le foto preferite",
    favorite="",
    taken_with="scattata con,scattate con,fatta con,fatte con,ripreso con,presa con",
    lead="mostra,mostrami,cerca,trova,tutte le,tutti i,le mie,i miei,le nostre,le,i,gli,il",
    common="un,uno,una,il,lo,la,gli,le,di,del,della,dei,e,o,con,senza,in,su,sul,sulla,sulle,"
    "sotto,per,da,mio,mia,miei,mie,nostro,nostra,suo,sua,che,chi,sono,nel,nella,al,alla",
    usual="rosso,rossa,blu,verde,nero,nera,bianco,bianca,piccolo,grande,vecchio,cane,gatto,"
    "spiaggia,macchina,albero,casa,bambini,bambino,compleanno,neve,festa,montagna,mare,"
    "famiglia,torta",
)
