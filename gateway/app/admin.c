/* Makes and prints the admin's log-in. */
#include "app/admin.h"

#include "base/log.h"
#include "control/secret.h"
#include "control/users.h"

#include <stdio.h>

static void
on_stored (const GError *error, gpointer data)
{
  if (error != NULL)
    weir_error ("app", NULL,
        "the admin's token could not be stored and ends with this run: %s",
        error->message);
}

void
weir_admin_ensure (WeirControl *control, const char *url, gboolean reset)
{
  WeirUser user = { (char *) "admin", (char *) "admin", { 0 } };
  WeirTxn *txn;
  char *token;

  if (weir_users_count (control->users) > 0 && !reset)
    return;
  token = weir_secret_new ();
  weir_secret_hash (token, user.token_hash);
  weir_users_put (control->users, weir_user_copy (&user));
  txn = weir_txn_new ();
  weir_txn_put_user (txn, &user);
  weir_txn_add_trail (
      txn, "weir", reset ? "user.reset" : "user.create", "user:admin", "{}");
  weir_store_submit (control->store, txn, on_stored, NULL);

  /* The token stands behind '#', which browsers send to nobody. */
  printf ("Console: %s/#login=%s\nAdmin token (shown only now): %s\n", url,
      token, token);
  fflush (stdout);
  weir_secret_free (token);
}
