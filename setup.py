"""What Parley is made of. ``make run`` and ``make test`` install it."""

from setuptools import find_packages, setup

RUN = [
    "alembic==1.20.1",
    "apscheduler==3.11.3",
    "argon2-cffi==25.1.0",
    "babel==2.18.0",
    "cffi==2.1.1",
    "click==8.5.1",
    "cryptography==50.0.2",
    "flask==3.1.3",
    "flask-babel==4.0.0",
    "flask-limiter==4.1.1",
    "flask-migrate==4.1.0",
    "flask-security==5.9.2",
    "flask-sock==0.7.0",
    "flask-sqlalchemy==3.1.1",
    "flask-wtf==1.3.0",
    "gunicorn==27.0.1",
    "icalendar==7.3.2",
    "jinja2==3.1.6",
    "markupsafe==3.0.4",
    "obstore==0.12.1",
    "opuslib==3.0.1",
    "prometheus-client==0.26.0",
    "pydantic==2.14.3",
    "pydantic-settings==2.16.3",
    "qrcode==8.2",
    "simple-websocket==1.1.0",
    "sqlalchemy==2.1.9",
    "structlog==26.1.0",
    "tzdata==2026.6",
    "werkzeug==3.1.9",
    "wsproto==1.3.2",
    "wtforms==3.3.2",
]
TEST = [
    "aiosmtpd==1.4.6",
    "axe-playwright-python==0.1.8",
    "hypothesis==6.170.15",
    "moto[server]==5.2.5",
    "numpy==2.4.6",
    "playwright==1.64.0",
    "psycopg[binary]==3.3.9",
    "pytest==9.2.0",
    "pytest-xdist==3.8.0",
    "time-machine==3.6.0",
]
DEV = [
    "djlint==1.49.9",
    "import-linter==2.16",
    "mypy==2.4.1",
    "ruff==0.17.6",
    "types-wtforms==3.2.1.20260518",
]

setup(
    name="parley",
    version="0.1.0",
    description="Live audio you host yourself",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["webapp", "webapp.*", "mediacore"]),
    install_requires=RUN,
    extras_require={"test": TEST, "dev": DEV},
    cffi_modules=["mediacore/build.py:ffibuilder"],
)
