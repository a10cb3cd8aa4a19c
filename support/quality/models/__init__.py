from support.quality.models.bonus import BonusLine, BonusPlan, BonusSheet
from support.quality.models.rating import Rating, RatingReason
from support.quality.models.review import QAReview, Rubric, Why
from support.quality.models.suggestion import Stage, Suggestion, SuggestionStep

__all__ = [
    "BonusLine",
    "BonusPlan",
    "BonusSheet",
    "QAReview",
    "Rating",
    "RatingReason",
    "Rubric",
    "Stage",
    "Suggestion",
    "SuggestionStep",
    "Why",
]
