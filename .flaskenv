FLASK_APP=webapp.app
