"""Positions of the 110 Messier objects: public facts, to an arcminute (ICRS within that)."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Known", "find"]


class Known(NamedTuple):
    """An object; degrees, ICRS."""

    name: str
    ra: float
    dec: float


# Number, NGC or IC number, right ascension in hours and minutes, declination in degrees and
# arcminutes (J2000), and what people call it.
_OBJECTS = """
1|NGC 1952|05 34.5|+22 01|Crab Nebula
2|NGC 7089|21 33.5|-00 49|
3|NGC 5272|13 42.2|+28 23|
4|NGC 6121|16 23.6|-26 32|
5|NGC 5904|15 18.6|+02 05|
6|NGC 6405|17 40.1|-32 13|Butterfly Cluster
7|NGC 6475|17 53.9|-34 49|Ptolemy's Cluster
8|NGC 6523|18 03.8|-24 23|Lagoon Nebula
9|NGC 6333|17 19.2|-18 31|
10|NGC 6254|16 57.1|-04 06|
11|NGC 6705|18 51.1|-06 16|Wild Duck Cluster
12|NGC 6218|16 47.2|-01 57|
13|NGC 6205|16 41.7|+36 28|Hercules Cluster
14|NGC 6402|17 37.6|-03 15|
15|NGC 7078|21 30.0|+12 10|
16|NGC 6611|18 18.8|-13 47|Eagle Nebula
17|NGC 6618|18 20.8|-16 11|Omega Nebula
18|NGC 6613|18 19.9|-17 08|
19|NGC 6273|17 02.6|-26 16|
20|NGC 6514|18 02.6|-23 02|Trifid Nebula
21|NGC 6531|18 04.6|-22 30|
22|NGC 6656|18 36.4|-23 54|
23|NGC 6494|17 56.8|-19 01|
24||18 16.9|-18 29|Sagittarius Star Cloud
25|IC 4725|18 31.6|-19 15|
26|NGC 6694|18 45.2|-09 24|
27|NGC 6853|19 59.6|+22 43|Dumbbell Nebula
28|NGC 6626|18 24.5|-24 52|
29|NGC 6913|20 23.9|+38 32|
30|NGC 7099|21 40.4|-23 11|
31|NGC 224|00 42.7|+41 16|Andromeda Galaxy
32|NGC 221|00 42.7|+40 52|
33|NGC 598|01 33.9|+30 39|Triangulum Galaxy
34|NGC 1039|02 42.0|+42 47|
35|NGC 2168|06 08.9|+24 20|
36|NGC 1960|05 36.1|+34 08|
37|NGC 2099|05 52.4|+32 33|
38|NGC 1912|05 28.7|+35 50|
39|NGC 7092|21 32.2|+48 26|
40||12 22.4|+58 05|Winnecke 4
41|NGC 2287|06 47.0|-20 44|
42|NGC 1976|05 35.4|-05 27|Orion Nebula
43|NGC 1982|05 35.6|-05 16|
44|NGC 2632|08 40.1|+19 59|Praesepe
45||03 47.0|+24 07|Pleiades
46|NGC 2437|07 41.8|-14 49|
47|NGC 2422|07 36.6|-14 30|
48|NGC 2548|08 13.8|-05 48|
49|NGC 4472|12 29.8|+08 00|
50|NGC 2323|07 03.2|-08 20|
51|NGC 5194|13 29.9|+47 12|Whirlpool Galaxy
52|NGC 7654|23 24.2|+61 35|
53|NGC 5024|13 12.9|+18 10|
54|NGC 6715|18 55.1|-30 29|
55|NGC 6809|19 40.0|-30 58|
56|NGC 6779|19 16.6|+30 11|
57|NGC 6720|18 53.6|+33 02|Ring Nebula
58|NGC 4579|12 37.7|+11 49|
59|NGC 4621|12 42.0|+11 39|
60|NGC 4649|12 43.7|+11 33|
61|NGC 4303|12 21.9|+04 28|
62|NGC 6266|17 01.2|-30 07|
63|NGC 5055|13 15.8|+42 02|Sunflower Galaxy
64|NGC 4826|12 56.7|+21 41|Black Eye Galaxy
65|NGC 3623|11 18.9|+13 05|
66|NGC 3627|11 20.2|+12 59|
67|NGC 2682|08 50.4|+11 49|
68|NGC 4590|12 39.5|-26 45|
69|NGC 6637|18 31.4|-32 21|
70|NGC 6681|18 43.2|-32 18|
71|NGC 6838|19 53.8|+18 47|
72|NGC 6981|20 53.5|-12 32|
73|NGC 6994|20 58.9|-12 38|
74|NGC 628|01 36.7|+15 47|
75|NGC 6864|20 06.1|-21 55|
76|NGC 650|01 42.4|+51 34|Little Dumbbell Nebula
77|NGC 1068|02 42.7|-00 01|Cetus A
78|NGC 2068|05 46.7|+00 03|
79|NGC 1904|05 24.5|-24 33|
80|NGC 6093|16 17.0|-22 59|
81|NGC 3031|09 55.6|+69 04|Bode's Galaxy
82|NGC 3034|09 55.8|+69 41|Cigar Galaxy
83|NGC 5236|13 37.0|-29 52|Southern Pinwheel Galaxy
84|NGC 4374|12 25.1|+12 53|
85|NGC 4382|12 25.4|+18 11|
86|NGC 4406|12 26.2|+12 57|
87|NGC 4486|12 30.8|+12 24|Virgo A
88|NGC 4501|12 32.0|+14 25|
89|NGC 4552|12 35.7|+12 33|
90|NGC 4569|12 36.8|+13 10|
91|NGC 4548|12 35.4|+14 30|
92|NGC 6341|17 17.1|+43 08|
93|NGC 2447|07 44.6|-23 52|
94|NGC 4736|12 50.9|+41 07|
95|NGC 3351|10 44.0|+11 42|
96|NGC 3368|10 46.8|+11 49|
97|NGC 3587|11 14.8|+55 01|Owl Nebula
98|NGC 4192|12 13.8|+14 54|
99|NGC 4254|12 18.8|+14 25|
100|NGC 4321|12 22.9|+15 49|
101|NGC 5457|14 03.2|+54 21|Pinwheel Galaxy
102|NGC 5866|15 06.5|+55 46|
103|NGC 581|01 33.2|+60 42|
104|NGC 4594|12 40.0|-11 37|Sombrero Galaxy
105|NGC 3379|10 47.8|+12 35|
106|NGC 4258|12 19.0|+47 18|
107|NGC 6171|16 32.5|-13 03|
108|NGC 3556|11 11.5|+55 40|
109|NGC 3992|11 57.6|+53 23|
110|NGC 205|00 40.4|+41 41|
"""

_SPACES = str.maketrans("", "", " -_'\u2019.")
_index: dict[str, Known] = {}


def _key(name: str) -> str:
    """What spellings of a name have in common."""
    text = name.lower().translate(_SPACES)
    for long, short in (("messier", "m"), ("thegalaxy", ""), ("galaxy", ""), ("nebula", "")):
        text = text.replace(long, short)
    return text.removeprefix("the").removesuffix("cluster")


def _fill() -> None:
    for line in _OBJECTS.strip().splitlines():
        number, catalogue, ra, dec, common = line.split("|")
        hours, minutes = ra.split()
        degrees, arcminutes = dec.split()
        size = abs(int(degrees)) + int(arcminutes) / 60
        known = Known(
            ", ".join(filter(None, (f"M {number}", common or catalogue))),
            round(15 * (int(hours) + float(minutes) / 60), 4),
            round(-size if dec.startswith("-") else size, 4),
        )
        for name in filter(None, (f"M{number}", catalogue, common)):
            _index[_key(name)] = known


def find(name: str) -> Known | None:
    """A Messier object by its number, its NGC or IC number, or what people call it.

    Parameters
    ----------
    name : `str`
        Such as ``M31``, ``messier 31``, ``NGC 224`` or ``Andromeda``.

    Returns
    -------
    known : `Known` or `None`
        The object.
    """
    if not _index:
        _fill()
    return _index.get(_key(name))
