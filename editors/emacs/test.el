;;; test.el --- the set-up for Emacs, with the real server  -*- lexical-binding: t; -*-

;;; Commentary:

;; `run.sh' loads this in a batch Emacs.  What is tried is the block of Emacs Lisp in editors/README.md, as a user copies it.
;; The tests run by name: what is typed in the later ones would keep the first from running anything.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'ert)
(require 'flymake)
(require 'xref)

(defvar dagsmith-test-project (file-name-as-directory (getenv "DAGSMITH_PROJECT")))

(let ((page (expand-file-name "../README.md" (file-name-directory load-file-name))))
  (with-temp-buffer
    (insert-file-contents page)
    (search-forward "\n## Emacs\n")
    (search-forward "\n```elisp\n")
    (let ((start (point)))
      (search-forward "\n```\n")
      (eval-region start (match-beginning 0)))))

(setq eglot-sync-connect t
      eglot-connect-timeout 60
      enable-local-variables nil
      make-backup-files nil)

(defun dagsmith-test-wait (what condition)
  "Wait until CONDITION returns something, and return it; WHAT is told where it does not."
  (let ((until (+ (float-time) 30)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) until)))
      (accept-process-output nil 0.05))
    (or value (error "Waited in vain for %s" what))))

(defun dagsmith-test-open (path)
  "Open PATH of the project, and wait for its server."
  (find-file (expand-file-name path dagsmith-test-project))
  ;; Without a window nobody looks at a buffer: what eglot leaves to the first command has to be called.
  (run-hooks 'post-command-hook)
  (dagsmith-test-wait "the server" #'eglot-current-server)
  (dagsmith-test-wait
   "the project"
   (lambda ()
     (let ((projects (plist-get (jsonrpc-request (eglot-current-server) :dagsmith/status nil) :projects)))
       (cl-some (lambda (it) (and (equal (plist-get it :name) "shop") (equal (plist-get it :state) "ready")))
                projects)))))

(defun dagsmith-test-type (text)
  "Type TEXT at the end of the buffer, which no other test opens.
It is not taken back: eglot 1.9 does not look at versions, and fails on diagnostics of lines that have gone."
  (goto-char (point-max))
  (insert text)
  (set-buffer-modified-p nil)
  (eglot--signal-textDocument/didChange))

(defun dagsmith-test-problems ()
  "What flymake shows in the buffer, as a list of texts."
  (flymake-start)
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(ert-deftest dagsmith-starts-for-files-of-a-project-alone ()
  (let ((outside (expand-file-name "../query.sql" dagsmith-test-project)))
    (write-region "select 1" nil outside)
    (find-file outside)
    (run-hooks 'post-command-hook)
    (should-not (eglot-current-server)))
  (dagsmith-test-open "models/staging/reference/stg_countries.sql")
  (let ((server (eglot-current-server)))
    (dagsmith-test-open "models/staging/reference/_reference.yml")
    (should (derived-mode-p 'yaml-mode 'yaml-ts-mode))
    (should (eq server (eglot-current-server)))
    (should (equal (project-root (project-current)) dagsmith-test-project))))

(ert-deftest dagsmith-shows-what-is-wrong ()
  (dagsmith-test-open "models/staging/shop/stg_products.sql")
  (dagsmith-test-type "\n, {{ ref('countriez') }}")
  (dagsmith-test-wait "the diagnostic" (lambda ()
                                         (cl-some (lambda (it) (string-match-p "countriez" it))
                                                  (dagsmith-test-problems)))))

(ert-deftest dagsmith-goes-to-a-model-and-to-a-macro ()
  (dagsmith-test-open "models/marts/core/dim_products.sql")
  (goto-char (point-min))
  (search-forward "stg_products")
  (xref-find-definitions (xref-backend-identifier-at-point (xref-find-backend)))
  (should (string-suffix-p "stg_products.sql" buffer-file-name))
  (dagsmith-test-open "models/marts/core/dim_products.sql")
  (goto-char (point-min))
  (search-forward "ratio")
  (xref-find-definitions (xref-backend-identifier-at-point (xref-find-backend)))
  (should (string-suffix-p "money.sql" buffer-file-name)))

(ert-deftest dagsmith-completes-models ()
  (dagsmith-test-open "models/marts/core/fct_orders.sql")
  (dagsmith-test-type "\n{{ ref('stg_prod') }}")
  (search-backward "prod')")
  (forward-char 4)
  (let* ((found (run-hook-with-args-until-success 'completion-at-point-functions))
         (names (all-completions "" (nth 2 found))))
    (should (cl-some (lambda (it) (string-match-p "stg_products" it)) names))))

(ert-deftest dagsmith-a-code-action-runs-a-model ()
  (dagsmith-test-open "models/staging/reference/stg_countries.sql")
  (goto-char (point-min))
  (let* ((server (eglot-current-server))
         (actions (jsonrpc-request
                   server :textDocument/codeAction
                   (list :textDocument (eglot--TextDocumentIdentifier)
                         :range (list :start (eglot--pos-to-lsp-position (point))
                                      :end (eglot--pos-to-lsp-position (point)))
                         :context '(:diagnostics []))))
         (run (cl-find-if (lambda (it) (string-match-p "^Build\\|^Run" (plist-get it :title))) actions)))
    (should run)
    (let* ((command (plist-get run :command))
           (command (if (stringp command) run command))
           (result (jsonrpc-request server :workspace/executeCommand
                                    (list :command (plist-get command :command)
                                          :arguments (plist-get command :arguments))
                                    :timeout 60)))
      (should (cl-find-if (lambda (it) (string-prefix-p "model.shop.stg_countries" (plist-get it :uniqueId)))
                          (plist-get result :results))))))

;;; test.el ends here
