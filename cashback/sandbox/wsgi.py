import os

from django.core.wsgi import get_wsgi_application

from cashback.sandbox import mail

os.environ["DJANGO_SETTINGS_MODULE"] = "cashback.sandbox.settings"
application = get_wsgi_application()
# In the one worker process: the mail server ends with it.
mail.listen_if_asked()
