"""English."""

from gphotos_search.search.understand.words.language import Language

EN = Language(
    code="en",
    months="january|february|march~|april~|may~|june~|july|august~|september|october|november"
    "|december",
    short_months="jan|feb|mar|apr||jun|jul|aug|sep,sept|oct|nov|dec",
    seasons="spring,springtime|summer,summertime|autumn,fall|winter,wintertime",
    weekdays="monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    every_weekday="mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays",
    weekend="weekend~,weekends~,week-end~",
    units="day,days|week,weeks|month,months|year,years",
    numbers="1,one,a,an|2,two|3,three|4,four|5,five|6,six|7,seven|8,eight|9,nine|10,ten|11,eleven"
    "|12,twelve",
    days_past="today|yesterday,last night|the day before yesterday",
    last="last,past,previous",
    this="this,this past",
    ago_before="",
    ago_after="ago",
    decade="",
    holidays={
        "christmas": "christmas,xmas",
        "christmas eve": "christmas eve",
        "new year": "new year,new year's,new years,new year's day,new years day",
        "new year's eve": "new year's eve,new years eve,nye",
        "easter": "easter",
        "halloween": "halloween",
        "thanksgiving": "thanksgiving",
        "valentine": "valentine's day,valentines day,valentine's",
        "carnival": "carnival,mardi gras",
        "pentecost": "pentecost,whitsun",
    },
    at="in,on,at,during,over,from,around",
    of="of",
    the="the",
    both="and",
    between="between",
    start="from",
    end="to,till,until,through",
    since="since",
    before="before,prior to",
    after="after",
    until="until,till,up to",
    where="in,at,from,to",
    near="near,close to,next to,around,outside",
    along="with",
    either="or",
    without="without,except,not,never",
    album="album,the album,my album",
    photos="photo,photos,picture,pictures,pic,pics,image,images,snapshot,snapshots",
    videos="video,videos,clip,clips",
    favorites="favorites,favourites,my favorites,my favourites,starred",
    favorite="favorite,favourite",
    taken_with="taken with,taken on,shot on,shot with,photographed with,made with",
    lead="show me,show,find,find me,search for,look for,all,all the,my,the,some,any,give me",
    common="a,an,of,by,for,with,without,and,or,is,are,was,were,my,our,his,her,their,your,i,we,"
    "me,us,that,which,who,what,when,where,into,under,behind,over,next,near,while",
    usual="playing,wearing,holding,eating,sitting,standing,walking,big,small,red,blue,green,"
    "black,white,old,new,people,man,woman,girl,boy,dog,cat,beach,car,tree,house,party,"
    "birthday,family,baby",
)
