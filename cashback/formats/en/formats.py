"""Staff read many times in narrow columns: on one line (\\xa0 does not break), and alike in either language."""

DATE_FORMAT = SHORT_DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "d.m.Y\xa0H:i"
TIME_FORMAT = "H:i"
