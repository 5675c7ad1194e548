"""The words of ADQL 2.1, and what to say about words of other dialects."""

from __future__ import annotations

import re

__all__ = [
    "AGGREGATES",
    "AREASPEC",
    "FOREIGN",
    "FOREIGN_FUNCTIONS",
    "FUNCTION_WORDS",
    "RESERVED",
    "STRUCTURAL",
    "is_plain",
]

_SQL = """
ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG BEGIN
BETWEEN BIT BIT_LENGTH BOTH BY CASCADE CASCADED CASE CAST CATALOG CHAR CHARACTER CHARACTER_LENGTH
CHAR_LENGTH CHECK CLOSE COALESCE COLLATE COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT
CONSTRAINTS CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME
CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY DEALLOCATE DECIMAL DECLARE DEFAULT DEFERRABLE
DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTINCT DOMAIN DOUBLE DROP ELSE
END END-EXEC ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT
FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING HOUR IDENTITY ILIKE IMMEDIATE IN
INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISOLATION
JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH MAX MIN MINUTE MODULE MONTH NAMES
NATIONAL NATURAL NCHAR NEXT NO NOT NULL NULLIF NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER
OUTER OUTPUT OVERLAPS PAD PARTIAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES
PROCEDURE PUBLIC READ REAL REFERENCES RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA SCROLL
SECOND SECTION SELECT SESSION SESSION_USER SET SIZE SMALLINT SOME SPACE SQL SQLCODE SQLERROR
SQLSTATE SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN TIME TIMESTAMP TIMEZONE_HOUR
TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION UNIQUE UNKNOWN UPDATE
UPPER USAGE USER USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE YEAR
ZONE
"""

_ADQL = """
ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CEILING CENTROID CIRCLE CONTAINS COORD1 COORD2 COORDSYS
COS DEGREES DISTANCE EXP FLOOR INTERSECTS IN_UNIT LOG LOG10 MOD PI POINT POLYGON POWER RADIANS RAND
REGION ROUND SIN SQRT TAN TOP TRUNCATE
"""

RESERVED = frozenset(_SQL.split()) | frozenset(_ADQL.split())
"""Words that name something only in double quotes (ADQL 2.1 section 2.1.2)."""

FUNCTION_WORDS = (
    frozenset(_ADQL.split()) | {"AVG", "CAST", "COALESCE", "COUNT", "LOWER", "MAX", "MIN", "SUM"}
) - {"TOP", "BIGINT"}
"""Reserved words that are functions."""

AGGREGATES = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})
"""The set functions (ADQL 2.1 section 2.3)."""

AREASPEC = "QSERV_AREASPEC_"
"""How the names of Qserv's areas begin, which may stand alone as conditions."""

_STRUCTURAL = """
ALL AND ANY AS ASC BETWEEN BY CASE CAST CROSS DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FETCH
FOR FROM FULL GROUP HAVING ILIKE IN INNER INTERSECT INTO IS JOIN LEFT LIKE NATURAL NOT NULL ON
OR ORDER OUTER RIGHT SELECT SET SOME THEN TOP UNION USING VALUES WHEN WHERE WITH
"""

STRUCTURAL = frozenset(_STRUCTURAL.split())
"""Words that give a query its shape: never the name of a function, whatever follows."""

_ONLY_SELECT = "Only SELECT is possible here: this service reads, it does not change data."
_SETS = "It joins whole queries; a part with ORDER BY or OFFSET stands in parentheses."
_NO_STREAM = "ADQL has no LIMIT: write TOP n right after SELECT, as in SELECT TOP 10 ra."

FOREIGN: dict[str, str] = {
    "LIMIT": _NO_STREAM,
    "FETCH": _NO_STREAM.replace("LIMIT", "FETCH", 1),
    "TOP": "TOP n stands right after SELECT, or after SELECT DISTINCT.",
    "DISTINCT": "DISTINCT stands right after SELECT, before TOP, or inside COUNT(DISTINCT x).",
    **dict.fromkeys(("UNION", "EXCEPT", "INTERSECT"), _SETS),
    "MINUS": "Write EXCEPT.",
    "WITH": "WITH stands once, before the whole query: WITH name AS (SELECT …) SELECT * FROM name.",
    **dict.fromkeys(
        ("CASE", "WHEN", "THEN", "ELSE", "END"),
        "CASE reads CASE WHEN x > 0 THEN 1 ELSE 0 END.",
    ),
    "ESCAPE": "LIKE has no ESCAPE in ADQL; % and _ always stand for any characters.",
    "REGEXP": "Use LIKE with % and _, or ILIKE to ignore upper and lower case.",
    "RLIKE": "Use LIKE with % and _, or ILIKE to ignore upper and lower case.",
    "SIMILAR": "Use LIKE with % and _, or ILIKE to ignore upper and lower case.",
    "TRUE": "ADQL has no TRUE: write flag = 1.",
    "FALSE": "ADQL has no FALSE: write flag = 0.",
    "DATE": "Write a time as text in ISO form, such as '2026-03-01T12:00:00'.",
    "TIME": "Write a time as text in ISO form, such as '2026-03-01T12:00:00'.",
    "TIMESTAMP": "Write a time as text in ISO form, such as '2026-03-01T12:00:00'.",
    "INTERVAL": "ADQL has no intervals: compare with a time in ISO form.",
    "ANY": "Use IN (SELECT …) or EXISTS (SELECT …).",
    "SOME": "Use IN (SELECT …) or EXISTS (SELECT …).",
    "NULLS": "Rows without a value always come last.",
    "OVER": "ADQL has no window functions.",
    "QUALIFY": "ADQL has no window functions.",
    "LATERAL": "ADQL has no LATERAL: join with the subquery, or write it after SELECT.",
    **dict.fromkeys(("PIVOT", "UNPIVOT"), "ADQL has no pivoting: select with CASE, and GROUP BY."),
    **dict.fromkeys(
        ("TABLESAMPLE", "SAMPLE"), "ADQL takes no samples: write WHERE RAND() < 0.01 for 1 %."
    ),
    "ROWS": "OFFSET n stands alone: leave ROWS out.",
    "WINDOW": "ADQL has no window functions.",
    "INTO": "Results are kept by the service; keep the id of the job instead.",
    "AND": "AND joins two conditions.",
    "OR": "OR joins two conditions.",
    "WHERE": "WHERE stands once, after FROM and before GROUP BY.",
    "HAVING": "HAVING stands after GROUP BY and before ORDER BY.",
    "GROUP": "GROUP BY stands after WHERE and before HAVING.",
    "FROM": "FROM stands once, after the list of columns.",
    "ORDER": "ORDER BY stands after HAVING and before OFFSET.",
    "OFFSET": "OFFSET n stands last, after ORDER BY.",
    **dict.fromkeys(
        ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"),
        "Write the time as text in ISO form, such as '2026-03-01T12:00:00'.",
    ),
    **dict.fromkeys(
        (
            *("INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER", "GRANT", "REVOKE", "MERGE"),
            *("TRUNCATE", "COPY", "ATTACH", "SET", "PRAGMA", "CALL", "EXECUTE", "EXPLAIN", "SHOW"),
            *("DESCRIBE", "BEGIN", "COMMIT", "ROLLBACK", "USE", "LOAD", "INSTALL", "VALUES"),
        ),
        _ONLY_SELECT,
    ),
}
"""What to say when a query uses a word in a way ADQL does not know."""

_IVO_TOO = ("TO_JD", "TO_MJD", "HISTOGRAM", "NORMAL_RANDOM")

FOREIGN_FUNCTIONS: dict[str, str] = {
    "LN": "The natural logarithm is LOG(x).",
    "LOG2": "Write LOG(x) / LOG(2).",
    "CEIL": "Write CEILING(x).",
    "POW": "Write POWER(x, y).",
    "TRUNC": "Write TRUNCATE(x, n).",
    "RANDOM": "Write RAND().",
    "CBRT": "Write POWER(x, 1.0/3).",
    "SQUARE": "Write POWER(x, 2).",
    "SIGN": "Write x / ABS(x).",
    "IFNULL": "Write COALESCE(x, y).",
    "NVL": "Write COALESCE(x, y).",
    "ISNULL": "Write x IS NULL, or COALESCE(x, y).",
    "CONCAT": "Write a || b.",
    "LCASE": "Write LOWER(x).",
    "UCASE": "Write UPPER(x).",
    "GREATEST": "ADQL has no GREATEST; the largest value of a column is MAX(x).",
    "LEAST": "ADQL has no LEAST; the smallest value of a column is MIN(x).",
    "NULLIF": "ADQL has no NULLIF.",
    "MEAN": "Write AVG(x).",
    **dict.fromkeys(
        ("SUBSTRING", "SUBSTR"), "CAST(x AS CHAR(n)) gives the first n characters of a text."
    ),
    **dict.fromkeys(("STD", "STDEV", "SIGMA"), "Write STDDEV(x)."),
    **dict.fromkeys(("VAR", "VARIANCE_SAMP"), "Write VARIANCE(x)."),
    **dict.fromkeys(
        ("QUANTILE", "QUANTILE_CONT", "PERCENTILE_CONT", "APPROX_QUANTILE"),
        "Write PERCENTILE(x, p) with p from 0 to 100.",
    ),
    "Q3C_RADIAL_QUERY": "Write CONTAINS(POINT(ra, dec), CIRCLE(ra0, dec0, radius)) = 1.",
    "Q3C_DIST": "Write DISTANCE(ra1, dec1, ra2, dec2).",
    "Q3C_JOIN": "Write DISTANCE(a.ra, a.dec, b.ra, b.dec) < radius.",
    **dict.fromkeys(
        ("IVO_SIMBADPOINT", "GAVO_SIMBADPOINT"),
        "This service does not ask Simbad: write POINT(ra, dec) with the coordinates.",
    ),
    **dict.fromkeys(("IVO_TRANSFORM", "GAVO_TRANSFORM"), "Write IVO_GEOM_TRANSFORM(from, to, x)."),
    **{f"GAVO_{name}": f"Write IVO_{name}." for name in _IVO_TOO},
    "NOW": "Write the time as text in ISO form, such as '2026-03-01T12:00:00'.",
}
"""What to write instead of functions of other dialects."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def is_plain(name: str) -> bool:
    """Whether a name may stand without double quotes."""
    return _PLAIN.fullmatch(name) is not None and name.upper() not in RESERVED
