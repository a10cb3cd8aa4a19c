"""What goes out about claims, for the schema."""

from rest_framework import serializers

from partners.api.fields import MoneyShape
from support.claims.models import Kind, Stage
from support.desk.models import Author


class ClaimShape(serializers.Serializer):
    id = serializers.CharField(help_text="clm_…")
    number = serializers.CharField(help_text="What the shopper reads: C-10042.")
    storefront = serializers.CharField()
    shopper = serializers.CharField(help_text="Your own id of the shopper.")
    merchant = serializers.CharField(allow_null=True, help_text="mrc_…")
    merchant_name = serializers.CharField(allow_null=True)
    click_id = serializers.CharField(allow_null=True)
    transaction_id = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=Kind.values)
    order_no = serializers.CharField(allow_blank=True)
    ordered_at = serializers.DateTimeField(allow_null=True)
    order_amount = MoneyShape(allow_null=True)
    status = serializers.ChoiceField(choices=Stage.values)
    reason = serializers.CharField(allow_blank=True, help_text="Why it was answered as it was.")
    expected = MoneyShape(allow_null=True, help_text="The cashback that it is about.")
    is_open = serializers.BooleanField()
    next_update_due = serializers.DateTimeField(allow_null=True, help_text="The shopper hears of us by then.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class FileShape(serializers.Serializer):
    id = serializers.CharField(help_text="fil_…: its bytes are at claims/<claim>/files/<id>.")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes, as we keep it.")


class MessageShape(serializers.Serializer):
    id = serializers.CharField(help_text="msg_…")
    author = serializers.ChoiceField(choices=Author.values)
    agent_name = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_blank=True)
    files = FileShape(many=True)
    created_at = serializers.DateTimeField()


class ClaimFiguresShape(serializers.Serializer):
    opened = serializers.IntegerField()
    open_now = serializers.IntegerField()
    credited = serializers.IntegerField()
    compensated = serializers.IntegerField()
    rejected = serializers.IntegerField()
    not_eligible = serializers.IntegerField(help_text="Withdrawn, lapsed, or no case at all.")


class FirstReplyShape(serializers.Serializer):
    replies = serializers.IntegerField()
    p50_seconds = serializers.IntegerField(help_text="Half of the first replies were sooner: working time.")
    p90_seconds = serializers.IntegerField()


class SatisfactionShape(serializers.Serializer):
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    satisfied = serializers.IntegerField(help_text="4 or 5 of 5.")


class SupportFiguresShape(serializers.Serializer):
    to = serializers.DateField()
    time_zone = serializers.CharField()
    claims = ClaimFiguresShape()
    first_reply = FirstReplyShape(allow_null=True)
    satisfaction = SatisfactionShape()

    def get_fields(self):
        return {"from": serializers.DateField(), **super().get_fields()}
