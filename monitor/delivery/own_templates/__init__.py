"""The operator's own mail templates are tried on made-up mails before anyone is mailed.

`made_up` has the mails, `visible` tells what a reader sees of HTML, `check` says what a template must not lose.
"""

from monitor.delivery.own_templates.check import check

__all__ = ["check"]
