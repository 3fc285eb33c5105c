/* `conclave serve` and the roles that it starts. Wiring only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "bin/cmd_args.h"
#include "bin/roles.h"
#include "bin/supervisor.h"
#include "io/logger.h"

static const char help[] =
    "conclave serve: runs the server until it is stopped (Ctrl-C, or SIGTERM).\n"
    "\n"
    "  --config FILE        YAML; every key is optional: data, listen, public_ip (a list), web,\n"
    "                       metrics, media_processes, media_pin, media_spread, tls_certificate,\n"
    "                       tls_key, database, embed_origins (a list), sign_up, origin;\n"
    "                       oidc_issuer, oidc_client, oidc_secret, oidc_alg, oidc_internal, "
    "oidc_ca;\n"
    "                       webhooks, webhooks_internal, webhooks_ca;\n"
    "                       node_key, node_certificate, zone_certificate, node_root, node_listen,\n"
    "                       node_peers (a list), datacentres, datacentres_key\n"
    "  --data DIR           the data folder, made if missing (data)\n"
    "  --listen ADDR:PORT   for HTTPS and media, TCP and UDP ([::]:8443; :443 for every address)\n"
    "  --public-ip IP       an address that browsers reach this machine at; may be repeated\n"
    "  --web DIR            the built web client (web/dist beside the binary's folder)\n"
    "  --metrics ADDR:PORT  loopback listener for /metrics, or off (127.0.0.1:9464)\n"
    "  --database URL       postgres://USER@HOST/NAME instead of SQLite; put one with a password "
    "into\n"
    "                       the file, as other users see the flags of a process (database)\n"
    "  --meeting            also makes a meeting and prints its links\n"
    "  --json               prints one JSON object a line instead of sentences\n"
    "\n"
    "A flag wins over the file.\n";

int role_supervisor(int argc, char **argv)
{
    static struct server_flags flags;
    static struct setup setup;
    struct args a = args_of("conclave serve", argc, argv);
    int status = cmd_server_flags(&a, true, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    struct complaint why;
    if (setup_open(&setup, &flags.config, &why) != ERR_OK)
        return cmd_fail(flags.json, why.text);
    struct supervisor_options options = {flags.meeting, flags.json};
    return supervisor_run(&setup, &options);
}

int cmd_serve(int argc, char **argv)
{
    return role_supervisor(argc, argv);
}

int cmd_role(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } roles[] = {{"front", role_front}, {"media", role_media}, {"store", role_store},
                 {"fetch", role_fetch}, {"hooks", role_hooks}, {"nodes", role_nodes}};
    for (size_t i = 0; argc == 1 && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(argv[0], roles[i].name) != 0)
            continue;
        logger_init(roles[i].name);
        (void)prctl(PR_SET_NAME, argv[0], 0, 0, 0);
        return roles[i].run();
    }
    fprintf(stderr,
            "`conclave role` is started by `conclave serve` only; see `conclave --help`.\n");
    return EXIT_USAGE;
}
