# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkouts of the platform, as long and as odd as the real ones, release by release.

The facts (services, images, ports, names of variables, what changed when) are the platform's; the text is our own. What
makes real files hard is in all of them: hundreds of lines, prose about MySQL above and beside values, blocks that
somebody commented out with a word behind them, lists with and without indentation, both kinds of quotes, anchors and
merged mappings, blank lines with blanks in them, values over lines.

v0.128.3   the last release for MySQL: four stacks
v0.129.3   two stacks on PostgreSQL with MySQL commented out, two untouched, both families of variables
v0.130.0   all on PostgreSQL; MySQL left in Traefik and the environment
v0.144.0   includes and overlays, no stacks for debugging
newest     an override of the environment, no trace of MySQL in Traefik
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

RELEASES = ("v0.128.3", "v0.129.3", "v0.130.0", "v0.144.0", "newest")
OF_MYSQL = (
    "mysql://root:${MYSQL_ROOT_PASSWORD}@tcp(${DATABASE_HOST}:3306)/kratos?max_conns=20&max_idle_conns=4"
)
OF_POSTGRESQL = (
    "postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/kratos"
    "?sslmode=disable&max_conns=20&max_idle_conns=4"
)
HEALTHY = "condition: service_healthy"
# Writers and others, none of which is concerned: name, image, port, what each waits for, variables without a value.
OTHERS: tuple[tuple[str, str, str, dict[str, str], str], ...] = (
    ("kratos-admin-ui", "dfoxg/kratos-admin-ui:v2.5.0", "8080", {}, "KRATOS_ADMIN_URL KRATOS_PUBLIC_URL"),
    ("hydra-migrate", "oryd/hydra:v2.3.0", "", {"postgres": "healthy"}, "LOG_LEAK_SENSITIVE_VALUES"),
    ("hydra", "oryd/hydra:v2.3.0", "4444", {"hydra-migrate": "completed_successfully"}, "URLS_SELF_ISSUER"),
    (
        "oidc-service",
        "alkemio/oidc-service:v0.6.0",
        "3002:8080",
        {"hydra": "", "kratos": ""},
        "OIDC_WEB_BASE_URL",
    ),
    ("oathkeeper", "oryd/oathkeeper:v0.38.19-beta.1", "4455", {"kratos": ""}, "LOG_LEVEL TRACING"),
    ("mailslurper", "oryd/mailslurper:latest-smtps", "4436", {}, ""),
    ("synapse", "matrixdotorg/synapse:v1.132.0", "8008", {"postgres": ""}, "SYNAPSE_DB_HOST SYNAPSE_DB_PORT"),
    ("synapse-admin", "awesome/synapse-admin:0.8.1", "8082:80", {}, ""),
    ("rabbitmq", "rabbitmq:3.9.13-management", "5672", {}, "RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS"),
    (
        "notification",
        "alkemio/notifications:v0.28.1",
        "",
        {"rabbitmq": "healthy"},
        "RABBITMQ_HOST EMAIL_FROM",
    ),
    ("matrix-adapter", "alkemio/matrix-adapter:v0.7.3", "", {"rabbitmq": "", "synapse": ""}, "RABBITMQ_HOST"),
    ("redis", "redis:7.0.2", "6379", {}, ""),
    ("redis-commander", "rediscommander/redis-commander:latest", "8381:8081", {"redis": ""}, "REDIS_HOSTS"),
    (
        "whiteboard-collaboration",
        "alkemio/whiteboard:v0.8.0",
        "4002",
        {"rabbitmq": "healthy"},
        "RABBITMQ_HOST",
    ),
    ("file-service", "alkemio/file-service:v0.2.0", "4003", {"rabbitmq": "healthy"}, "LOCAL_STORAGE_PATH"),
    ("collaborative-document", "alkemio/documents:v0.0.1", "4004", {"rabbitmq": "healthy"}, "RABBITMQ_HOST"),
)
ENGINES = tuple(
    f"virtual-contributor-{name}"
    for name in ("guidance", "expert", "generic", "assistant", "website", "space")
)


@dataclass(frozen=True)
class Stack:
    """How one compose file is written."""

    mysql: str
    """`there`, `commented` or `gone`."""
    kratos: str = OF_MYSQL
    debug: bool = False
    engines: bool = False
    port: bool = True
    """Whether Traefik publishes MySQL's port."""


def checkout(release: str) -> dict[str, str]:
    """All files of one release that tell of databases, and some beside them."""
    return {
        **_compose(release),
        ".env.docker": _environment(release),
        **({".env.docker.local": _override()} if release == "newest" else {}),
        "alkemio.yml": _server(release),
        ".build/traefik/traefik.yml": _traefik(release not in ("v0.144.0", "newest")),
        ".build/traefik/http.yml": _routes(release not in ("v0.144.0", "newest")),
        ".build/ory/kratos/kratos.yml": "# What the variable DSN says goes before this.\ndsn: memory\nversion: v1.2.0\n"
        "",
        "manifests/25-server-deployment-dev.yaml": _deployment(release),
        "manifests/26-server-migration.yaml": _job(release),
        "docs/databases.md": "# Databases\n\nMySQL listened on 3306 until the change to PostgreSQL.\n",
        ".github/workflows/build.yml": "on: push\njobs:\n  build:\n    services:\n      db:\n        image: mysql:8\n",
    }


def _compose(release: str) -> dict[str, str]:
    untouched = Stack("there")
    old = Stack("commented", OF_POSTGRESQL) if release == "v0.129.3" else untouched
    new = Stack("gone", OF_POSTGRESQL, port=False)
    if release in ("v0.144.0", "newest"):
        return {
            "quickstart-services.yml": stack(new),
            "quickstart-services-ai.yml": "# All of it.\n\ninclude:\n  - quickstart-services.yml\n"
            "  - path: overlays/ai-stack.yml # the engines\n",
            "overlays/ai-stack.yml": "# Lies on quickstart-services.yml.\nservices:\n"
            + "".join(map(_engine, ENGINES)),
            "overlays/kratos-debug.yml": _debug(),
            ".devcontainer/docker-compose.yml": _devcontainer(),
        }
    if release == "v0.130.0":
        old = untouched = new
    return {
        "quickstart-services.yml": stack(old),
        "quickstart-services-kratos-debug.yml": stack(_with(old, debug=True)),
        "quickstart-services-ai.yml": stack(_with(untouched, engines=True)),
        "quickstart-services-ai-debug.yml": stack(_with(untouched, engines=True, debug=True)),
        **({".devcontainer/docker-compose.yml": _devcontainer()} if release == "v0.130.0" else {}),
    }


def _with(one: Stack, *, debug: bool = False, engines: bool = False) -> Stack:
    return Stack(one.mysql, one.kratos, debug, engines, one.port)


def stack(how: Stack) -> str:
    """One complete compose file."""
    volumes = {
        "there": "  alkemio_dev_mysql:\n",
        "commented": "  # alkemio_dev_mysql:  # the old server's volume; MySQL's rows are still in it\n",
        "gone": "",
    }[how.mysql]
    head = (
        f"volumes:\n{volumes}  alkemio_dev_postgres:\n  alkemio_dev_synapse:\n  tmpvolume:\n  rabbitmq_data:\n"
        "    driver: local\n\nnetworks:\n  alkemio_dev_net:\n\nx-logging: &logging\n  driver: json-file\n"
        "  options: {max-size: '10m', max-file: \"3\"}\nx-rabbit: &rabbit\n  RABBITMQ_HEARTBEAT: '30'\n\nservices:\n"
    )
    parts = [_proxy(how), _mysql(how), _postgres(), *_kratos(how)]
    parts += [_other(at, *one) for at, one in enumerate(OTHERS)]
    parts += map(_engine, ENGINES if how.engines else ())
    return head + "\n".join(part for part in parts if part)


def _proxy(how: Stack) -> str:
    ports = [8888, 3000, *([3306] if how.port else []), 5432, 8008, 5672, 6379]
    listed = "".join(f"      - {port}:{ {8888: 8080, 3000: 80}.get(port, port) }\n" for port in ports)
    return (
        "  traefik:\n    extra_hosts:\n      - 'host.docker.internal:host-gateway'\n"
        f"    container_name: alkemio_dev_traefik\n    image: traefik:v2.9.6\n    restart: always\n    ports:\n{listed}"
        "    networks:\n      - alkemio_dev_net\n    volumes:\n      - type: bind\n        source: ./.build/traefik/\n"
        "        target: /etc/traefik/\n"
    )


def _mysql(how: Stack) -> str:
    command = "--init-file /bootstrap_scripts/1.sql"
    if how.debug:
        command = f'--sql_mode="" --default-authentication-plugin=mysql_native_password {command}'
    folder = "/tmp/CSVs" if how.debug else "/var/lib/mysql-files/CSVs"
    text = dedent(
        f"""\
        mysql:
          container_name: alkemio_dev_mysql
          image: mysql:8.3.0
          networks:
            - alkemio_dev_net
          environment:
            - MYSQL_ROOT_PASSWORD
            - MYSQL_DATABASE
          restart: always
          expose:
            - 3306
          volumes:
            - alkemio_dev_mysql:/var/lib/mysql
            - ./.scripts/schema.sql:/bootstrap_scripts/1.sql
            - ./.scripts/migrations/CSVs:{folder}
            - tmpvolume:/var/lib/mysql-files
          command: {command}
        """
    )
    if how.mysql == "commented":
        why = (
            "MySQL served until the change to PostgreSQL.\nTake the marks away where a service needs MySQL.\n"
        )
        return indent(indent(why + text, "# "), "  ")
    return indent(text, "  ") if how.mysql == "there" else ""


def _postgres() -> str:
    return indent(
        dedent(
            """\
            postgres:
              container_name: alkemio_dev_postgres
              hostname: postgres
              image: postgres:17.5
              restart: always
              environment:
                - POSTGRES_DB=synapse
                - POSTGRES_USER
                - POSTGRES_PASSWORD
                - POSTGRES_INITDB_ARGS=--encoding=UTF8 --lc-collate=C --lc-ctype=C
                - POSTGRES_MULTIPLE_DATABASES
              entrypoint: ['bash', '/usr/local/bin/entrypoint-wrapper.sh']
              volumes:
                - alkemio_dev_postgres:/var/lib/postgresql/data
                - ./.build/postgres/entrypoint-wrapper.sh:/usr/local/bin/entrypoint-wrapper.sh:ro
              networks:
              - alkemio_dev_net
              expose: [5432]
              healthcheck:
                test:
                  [
                    'CMD-SHELL',
                    'for database in $${POSTGRES_DB} $${POSTGRES_MULTIPLE_DATABASES//,/ }; do
                      pg_isready -U $${POSTGRES_USER} -d $${database}; done',
                  ]
                interval: 5s
                timeout: 5s
                retries: 20
                start_period: 5s
            """
        ),
        "  ",
    )


def _kratos(how: Stack) -> tuple[str, str]:
    waits = "      - mysql\n" if how.mysql == "there" else "      - postgres\n"
    if how.mysql == "gone":
        waits = f"      postgres:\n        {HEALTHY}\n"
    made = (
        "    build:\n      context: ../kratos\n      dockerfile: ../kratos/.docker/Dockerfile-debug\n"
        if how.debug
        else "    image: oryd/kratos:v1.3.1\n"
    )
    mounts = "    volumes:\n      - {type: bind, source: ./.build/ory/kratos, target: /etc/config/kratos}\n"
    return (
        f"  kratos-migrate:\n    container_name: alkemio_dev_kratos_migrate\n{made}    depends_on:\n{waits}"
        f"    environment:\n      - DSN={how.kratos}\n{mounts}"
        "    command: -c /etc/config/kratos/kratos.yml migrate sql -e --yes\n    restart: on-failure\n"
        "    networks:\n      - alkemio_dev_net\n",
        f"  kratos:\n    container_name: alkemio_dev_kratos\n{made}    depends_on:\n      kratos-migrate:\n"
        "        condition: service_completed_successfully\n    ports:\n      - '4433'\n      - '4434'\n"
        f"    restart: unless-stopped\n    environment:\n      - DSN={how.kratos}\n      - LOG_LEVEL=trace\n{mounts}"
        "    command: serve -c /etc/config/kratos/kratos.yml --dev --watch-courier\n    networks: [alkemio_dev_net]\n",
    )


def _other(at: int, name: str, image: str, port: str, waits: dict[str, str], variables: str) -> str:
    """In one of the layouts that a file has which many people wrote."""
    front = "" if at % 3 else "  "
    quote = ("'", '"', "")[at % 3]
    lines = [
        f"  {name}:",
        f"    container_name: alkemio_dev_{name.replace('-', '_')}",
        f"    image: {quote}{image}{quote}",
    ]
    if all(waits.values()) and waits:
        lines.append("    depends_on:")
        for other, condition in waits.items():
            lines += [f"      {other}:", f"        condition: '{'service_' + condition}'"]
    elif waits:
        lines += ["    depends_on:", *(f"    {front}- {other}" for other in waits)]
    if port:
        lines += ["    ports:", f"    {front}- {quote}{port}{quote} # seen from outside"]
    if variables and at % 2:
        lines += [
            "    environment:",
            "      <<: *rabbit",
            *(f"      {one}: ${{{one}:-}}" for one in variables.split()),
        ]
    elif variables:
        lines += ["    environment:", *(f"    {front}- {one}" for one in variables.split())]
    lines += [
        "    restart: always",
        "    logging: *logging",
        "    networks:",
        f"    {front}- alkemio_dev_net",
    ]
    if at % 4 == 0:
        lines += [
            "    command: >-",
            "      sh -c 'until nc -z host.docker.internal 3000;",
            "      do sleep 1; done'",
        ]
    return "\n".join(lines) + "\n" + ("   \n" if at % 5 == 0 else "")


def _engine(name: str) -> str:
    return (
        f"  {name}:\n    extra_hosts: ['host.docker.internal:host-gateway']\n"
        f"    image: alkemio/virtual-contributor:v0.1.3\n"
        f"    depends_on:\n      rabbitmq:\n        condition: 'service_healthy'\n    environment:\n"
        f"      - PLUGIN_TYPE={name.rpartition('-')[2]}\n      - RABBITMQ_HOST\n      - RABBITMQ_QUEUE={name}\n"
        "      - VECTOR_DB_HOST\n      - LOG_LEVEL=DEBUG\n    networks:\n      - alkemio_dev_net\n"
    )


def _debug() -> str:
    mount = "    volumes:\n      - {type: bind, source: ../kratos, target: /dockerdev, read_only: false}\n"
    return (
        f"# Lies on one of the stacks: Kratos from its source.\nservices:\n  kratos-migrate:\n{mount}\n  kratos:\n"
        f"    build:\n      context: ../kratos\n    cap_add: [SYS_PTRACE]\n    ports:\n      - 9999:40000\n{mount}"
    )


def _devcontainer() -> str:
    dsn = OF_POSTGRESQL.replace("${POSTGRES_USER}:${POSTGRES_PASSWORD}", "synapse:synapse")
    return (
        "services:\n  app:\n    image: node:22\n    volumes:\n      - ..:/workspaces/server:cached\n    environment:\n"
        "      - DATABASE_HOST=postgres\n      - DATABASE_PORT=5432\n  postgres:\n    image: postgres:17.5\n"
        '    ports:\n      - "5432:5432"\n    healthcheck:\n      test: ["CMD-SHELL", "pg_isready -U synapse"]\n'
        f"  kratos:\n    image: oryd/kratos:v1.3.1\n    depends_on:\n      postgres:\n        {HEALTHY}\n"
        f"    environment:\n"
        f"      - DSN={dsn}\n"
    )


def _environment(release: str) -> str:
    interim = (
        "DATABASE_TYPE=postgres\nDATABASE_HOST=postgres\nDATABASE_PORT=5432\nDATABASE_USERNAME=synapse\n"
        "DATABASE_PASSWORD=synapse\nDATABASE_NAME=alkemio\n"
    )
    old = release == "v0.128.3"
    mysql = "" if old else "# Of MySQL, which older releases ask for\n"
    mysql += "MYSQL_DATABASE=alkemio\nMYSQL_ROOT_PASSWORD=toor\n"
    dead = "JOLOCOM_DATABASE_HOST=mysql\n" if release in ("v0.128.3", "v0.129.3", "v0.130.0") else ""
    return (
        f"COMPOSE_PROJECT_NAME=alkemio-serverdev\nNODE_ENV=dev\n\n{mysql}{'DATABASE_HOST=mysql' if old else ''}\n"
        "POSTGRES_USER=synapse\nPOSTGRES_PASSWORD=synapse\n"
        f"POSTGRES_MULTIPLE_DATABASES={'' if old else 'alkemio,kratos,'}synapse,hydra\n\n\n\n{'' if old else interim}\n"
        "SYNAPSE_SHARED_SECRET=a#B.c9DE-fgH*I~j;.K\nSYNAPSE_DB_HOST=postgres\n"
        f"SYNAPSE_DB_USERNAME={'${POSTGRES_USER}' if old else 'synapse'}\nSYNAPSE_DB_SSL=false\n\n"
        "# Sessions of Kratos and of Synapse\nSESSION_SYNC_ENABLED=true\nKRATOS_DB_DATABASE=kratos\n\n"
        "# OIDC_KRATOS_BROWSER_URL=http://localhost:3000/ory/kratos/public\nHYDRA_CLIENT_SECRET=Kla9sZ1=\n"
        f"\nSSI_ENABLED=true\n{dead}DID_METHOD=jun\n\nRABBITMQ_PASSWORD=alkemio!\nRABBITMQ_HOST=rabbitmq\n"
        + "".join(f"AI_SETTING_{at}=value-{at}\n" for at in range(60))
    )


def _override() -> str:
    return (
        "# Of this machine alone; read after the other.\n#AUTH_RESET_MAX_REPLICAS=3\nRABBITMQ_PASSWORD=mine\n"
    )


_DATABASE = {
    "v0.128.3": """\
          # The MySQL server of the platform.
          # Accounts log in as MySQL's native plug-in wants.
          database:
            host: ${DATABASE_HOST}:localhost

            # MySQL's port.
            port: 3306

            # MySQL user.
            username: 'root'

            # Zone in which dates are read
            timezone: ${TYPEORM_TIMEZONE}:Z

            # MySQL password.
            password: ${MYSQL_ROOT_PASSWORD}:toor

            # MySQL schema, which is its database.
            schema: ${MYSQL_DATABASE}:alkemio

            # MySQL database.
            database: ${MYSQL_DATABASE}:alkemio

            # MySQL character set
            charset: ${MYSQL_CHARSET}:utf8mb4

            # Whether statements are logged, MySQL's own not.
            logging: ${ENABLE_ORM_LOGGING}:false
        """,
    "v0.129.3": """\
          # Takes PostgreSQL, and MySQL where somebody still has it.
          database:
            # 'postgres' or 'mysql'.
            type: ${DATABASE_TYPE}:postgres
            host: ${DATABASE_HOST}:localhost
            # 5432; it was 3306 for MySQL.
            port: ${DATABASE_PORT}:5432
            timezone: ${TYPEORM_TIMEZONE}:Z # of MySQL alone
            username: ${DATABASE_USERNAME}:synapse
            password: ${DATABASE_PASSWORD}:synapse
            schema: ${DATABASE_NAME}:alkemio
            database: ${DATABASE_NAME}:alkemio
            # of MySQL alone
            charset: ${MYSQL_CHARSET}:utf8mb4
            logging: ${ENABLE_ORM_LOGGING}:false
        """,
    "later": """\
          database:
            host: ${DATABASE_HOST}:localhost
            port: ${DATABASE_PORT}:5432
            username: ${DATABASE_USERNAME}:synapse
            password: ${DATABASE_PASSWORD}:synapse
            schema: ${DATABASE_NAME}:alkemio
            database: ${DATABASE_NAME}:alkemio
            logging: ${ENABLE_ORM_LOGGING}:false
        """,
}


def _server(release: str) -> str:
    before = "".join(
        f"# {part} {at}\n# What it is for stands in the manual.\n{part}_{at}:\n  # On or off\n"
        f"  enabled: ${{{part.upper()}_{at}}}:true\n\n  port: ${{{part.upper()}_{at}_PORT}}:{4000 + at}\n\n"
        for part in ("hosting", "security", "monitoring")
        for at in range(12)
    )
    database = _DATABASE.get(release, _DATABASE["later"])
    tail = indent(dedent(database), "  ")
    storage = f"storage:\n  enabled: ${{STORAGE_ENABLED}}:true\n{tail}\n"
    return f"{before}{storage}  redis:\n    host: ${{REDIS_HOST}}:localhost\n"


def _traefik(mysql: bool) -> str:
    entry = "  mysql:\n    address: ':3306'\n" if mysql else ""
    return (
        f"# Static\napi:\n  insecure: true\nentryPoints:\n  web:\n    address: ':80'\n"
        f"{entry}  postgres:\n    address: ':5432'\n"
        "  synapse:\n    address: ':8008'\nproviders:\n  file:\n    directory: /etc/traefik/\n    watch: true\n"
    )


def _routes(mysql: bool) -> str:
    http = "".join(
        f"    service-{at}:\n      rule: 'PathPrefix(`/part/{at}`)'\n      service: 'service-{at}'\n"
        f"      entryPoints:\n"
        "        - 'web'\n\n"
        for at in range(40)
    )
    servers = "".join(
        f"    {name}:\n      loadBalancer:\n        servers:\n          - address: '{name}:{port}'\n\n"
        for name, port in (("mysql", 3306), ("postgres", 5432))
        if mysql or name != "mysql"
    )
    routers = "".join(
        f"    {name}:\n      rule: 'HostSNI(`*`)'\n      service: '{name}'\n      entryPoints:\n        - '{name}'\n"
        for name in ("mysql", "postgres")
        if mysql or name != "mysql"
    )
    return f"http:\n  routers:\n{http}tcp:\n  services:\n{servers}  routers:\n{routers}"


def _container(release: str, name: str) -> str:
    mapped = "".join(
        f"  - name: DATABASE_{variable}\n    valueFrom:\n      configMapKeyRef:\n        name: alkemio-config\n"
        f"        key: POSTGRES_{key}\n"
        for variable, key in (("USERNAME", "USER"), ("PASSWORD", "PASSWORD"))
    )
    # The release after the change forgot the job.
    has = release not in ("v0.128.3",) and not (release == "v0.129.3" and name == "server-migration")
    return (
        f"- name: {name}\n  image: alkemio.azurecr.io/alkemio-server:latest\n  env:\n"
        "  - name: RABBITMQ_HOST\n    valueFrom:\n      secretKeyRef:\n        name: rabbitmq-user\n        key: host\n"
        f"{mapped if has else ''}  envFrom:\n  - secretRef:\n      name: alkemio-secrets\n  - configMapRef:\n"
        "      name: alkemio-config\n"
    )


def _deployment(release: str) -> str:
    return (
        "kind: Deployment\napiVersion: apps/v1\nmetadata:\n  namespace: default\n  name: alkemio-server-deployment\n\n"
        "spec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: alkemio-server\n  template:\n    metadata:\n"
        "      labels:\n        app: alkemio-server\n    spec:\n      containers:\n"
        + indent(_container(release, "alkemio-server"), "        ")
    )


def _job(release: str) -> str:
    return (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: server-migration\nspec:\n  schedule: '@yearly'\n"
        "  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
        "          containers:\n" + indent(_container(release, "server-migration"), "            ")
    )


__all__ = ("RELEASES", "checkout", "stack")
